package records

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"askflow/internal/source"
)

// fileReader is one open file.
type fileReader struct {
	closer io.Closer
	raw    *rawReader
	text   *textReader
	rows   rowSource
}

func (f *fileReader) close() {
	if f.closer != nil {
		_ = f.closer.Close() // read only: nothing is lost
		f.closer = nil
	}
}

// openFile opens a file and reads as far as its header. found receives warnings and notes; nil keeps quiet. sum, when
// given, is fed every byte of the file.
func openFile(objectType string, file File, opt Options, found *findings, sum hash.Hash) (*fileReader, error) {
	in, err := file.Open()
	if err != nil {
		return nil, unreadable(file.Path, err)
	}
	f := &fileReader{closer: in, raw: &rawReader{in: in, file: file.Path, sum: sum}}
	f.text = newTextReader(f.raw, file.Path, found)
	if isJSON(file.Path) {
		f.rows, err = newJSONFile(objectType, file.Path, f.text, opt, found)
	} else {
		f.rows, err = newCSVFile(objectType, file.Path, f.text, opt, found)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func isJSON(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".jsonl", ".ndjson":
		return true
	}
	return false
}

// unreadable says why a file cannot be read, without repeating its name.
func unreadable(file string, err error) source.Problem {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return source.Problem{Severity: source.SeverityError, Code: "unreadable_file", File: file,
		Message: fmt.Sprintf("the file cannot be read: %v", err)}
}

func emptyFile(file, expected string) source.Problem {
	return problemAt(file, 1, 1, "empty_file", "the file is empty; "+expected, "")
}

// rawReader counts and hashes what a file holds.
type rawReader struct {
	in    io.Reader
	file  string
	sum   hash.Hash
	bytes int64
}

// Read reads on; errors other than io.EOF are source.Problems.
func (r *rawReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.bytes += int64(n)
	if r.sum != nil {
		r.sum.Write(p[:n])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(r.file, err)
	}
	return n, err
}

func newSum() hash.Hash { return sha256.New() }

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// findings collects warnings and notes of one file. What comes too often is counted, not listed.
type findings struct {
	file     string
	problems source.Problems
	counts   map[string]int
	order    []string
}

// maxFindings is how many findings of one code a file lists.
const maxFindings = 20

func newFindings(file string) *findings { return &findings{file: file, counts: map[string]int{}} }

// add records a finding; message is called only when it will be listed. A nil collector drops everything.
func (f *findings) add(severity source.Severity, code string, line, col int, message func() (text, hint string)) {
	if f == nil {
		return
	}
	if f.counts[code] == 0 {
		f.order = append(f.order, code)
	}
	f.counts[code]++
	if f.counts[code] > maxFindings {
		return
	}
	text, hint := message()
	f.problems = append(f.problems, source.Problem{Severity: severity, Code: code, File: f.file, Line: line, Col: col, Message: text, Hint: hint})
}

// all gives what was found, and how much more of each code there was.
func (f *findings) all() source.Problems {
	out := f.problems
	for _, code := range f.order {
		if more := f.counts[code] - maxFindings; more > 0 {
			severity := source.SeverityWarning
			for _, p := range f.problems {
				if p.Code == code {
					severity = p.Severity
				}
			}
			out = append(out, source.Problem{Severity: severity, Code: code, File: f.file,
				Message: fmt.Sprintf("the same (%s) stands at %d more places of this file", code, more)})
		}
	}
	return out
}

// quote shows a value in a message, shortened.
func quote(value string) string {
	r := []rune(value)
	if len(r) > 40 {
		r = append(r[:40:40], '…')
	}
	return fmt.Sprintf("%q", string(r))
}
