package records

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Summary is what the files of one object type hold.
type Summary struct {
	ObjectType string
	Records    int
	Files      []FileSummary
	// Columns are the internal names of the properties that any file carries, in the order they were seen.
	Columns []string
	// Inferred are the properties that no definition covers; they are read as text, and belong into the schema.
	Inferred []hubspot.Property
}

// FileSummary is what one file holds.
type FileSummary struct {
	Path     string
	SHA256   string // of the file's bytes, in hex; empty when it could not be read to its end
	Bytes    int64
	Records  int
	Encoding string // UTF-8, UTF-16LE, UTF-16BE, Windows-1252
}

// maxErrors is how many errors of one file are listed before reading it stops.
const maxErrors = 20

// Scan reads all files once before a run: it hashes and counts, finds every structural error, every id that stands
// twice, and every value that its property cannot have. The summary is never nil; do not run with it when the problems
// hold an error. Memory: about 20 bytes a record.
func Scan(ctx context.Context, objectType string, files []File, opt Options) (*Summary, source.Problems) {
	return scan(ctx, objectType, files, opt, nil)
}

// scan is Scan, and shows every good row to visit.
func scan(ctx context.Context, objectType string, files []File, opt Options, visit func(*row)) (*Summary, source.Problems) {
	opt.Properties = opt.properties(objectType)
	s := &scanner{
		ctx: ctx, objectType: objectType, opt: opt, visit: visit, ids: newIDSet(),
		summary: &Summary{ObjectType: objectType}, columns: map[string]bool{}, inferred: map[string]bool{},
	}
	for i, f := range files {
		s.files = append(s.files, lines{path: f.Path, base: s.base})
		if !s.file(i, f) {
			break
		}
	}
	return s.summary, s.problems
}

type scanner struct {
	ctx        context.Context
	objectType string
	opt        Options
	visit      func(*row)
	summary    *Summary
	problems   source.Problems
	ids        *idSet
	// files and base number the lines of all files through, so that four bytes say where an id stood.
	files    []lines
	base     uint64
	columns  map[string]bool
	inferred map[string]bool
	row      row
}

type lines struct {
	path string
	base uint64
}

// file reads one file; false ends the scan.
func (s *scanner) file(i int, file File) bool {
	found := newFindings(file.Path)
	sum := newSum()
	out := FileSummary{Path: file.Path}
	f, err := openFile(s.objectType, file, s.opt, found, sum)
	if err != nil {
		s.problems = append(append(s.problems, found.all()...), asProblem(file.Path, err))
		s.summary.Files = append(s.summary.Files, out)
		return true
	}
	defer f.close()
	complete, goOn := s.rows(f, file, &out)
	s.finish(f, &out, sum, complete)
	s.problems = append(s.problems, found.all()...)
	return goOn
}

// rows reads a file's rows. complete tells that its end was reached.
func (s *scanner) rows(f *fileReader, file File, out *FileSummary) (complete, goOn bool) {
	var errorsSeen int
	last := 0
	defer func() { s.base += uint64(last) + 1 }()
	for n := 0; ; n++ {
		if n&1023 == 0 && s.ctx.Err() != nil {
			s.problems = append(s.problems, source.Problem{Severity: source.SeverityError, Code: "interrupted", File: file.Path,
				Message: fmt.Sprintf("reading was interrupted: %v", context.Cause(s.ctx))})
			return false, false
		}
		err := f.rows.next(&s.row)
		if errors.Is(err, io.EOF) {
			return errorsSeen == 0, true
		}
		if err == nil {
			last = s.row.line
			err = s.unique(file)
		}
		if err == nil {
			out.Records++
			if s.visit != nil {
				s.visit(&s.row)
			}
			continue
		}
		s.problems = append(s.problems, asProblem(file.Path, err))
		if errorsSeen++; errorsSeen == maxErrors {
			s.problems = append(s.problems, source.Problem{Severity: source.SeverityError, Code: "too_many_errors", File: file.Path,
				Message: fmt.Sprintf("the file has %d errors so far; the rest of it was not read", maxErrors)})
			return false, true
		}
	}
}

// unique remembers the row's id, and says where it stood before.
func (s *scanner) unique(file File) error {
	id := s.row.idBytes()
	place := s.base + uint64(s.row.line)
	before, twice := s.ids.add(id, uint32(min(place, math.MaxUint32)))
	if !twice {
		return nil
	}
	where := "before"
	for i := len(s.files) - 1; i >= 0; i-- {
		if first := uint64(before); first >= s.files[i].base && first < math.MaxUint32 {
			where = fmt.Sprintf("at %s:%d", s.files[i].path, first-s.files[i].base)
			break
		}
	}
	return problemAt(file.Path, s.row.line, s.row.col, "duplicate_id",
		fmt.Sprintf("the %s %s stands twice: here and %s", s.objectType, quote(string(id)), where), "delete one of the two")
}

func (s *scanner) finish(f *fileReader, out *FileSummary, sum hash.Hash, complete bool) {
	out.Bytes, out.Encoding = f.raw.bytes, f.text.encoding
	if complete {
		out.SHA256 = hexSum(sum)
	}
	names, inferred := f.rows.seen()
	for _, name := range names {
		if !s.columns[name] {
			s.columns[name] = true
			s.summary.Columns = append(s.summary.Columns, name)
		}
	}
	for _, p := range inferred {
		if !s.inferred[p.Name] {
			s.inferred[p.Name] = true
			s.summary.Inferred = append(s.summary.Inferred, p)
		}
	}
	s.summary.Records += out.Records
	s.summary.Files = append(s.summary.Files, *out)
}

func asProblem(file string, err error) source.Problem {
	var p source.Problem
	if errors.As(err, &p) {
		return p
	}
	return unreadable(file, err)
}
