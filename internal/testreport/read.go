package testreport

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// Limits on what a report that is read back may hold, so that a hostile file ends in a sentence and not in an exhausted
// machine.
const (
	// MaxStoredBytes is how large the file may be.
	MaxStoredBytes = 1 << 30
	// MaxStoredCases is how many cases it may list.
	MaxStoredCases = 2_000_000
	// maxStoredValue is how large one case, or one value beside the cases, may be.
	maxStoredValue = 16 << 20
	// maxStoredDepth is how deep values may nest.
	maxStoredDepth = 500
	// maxAnswer is how much of an answer is kept, in characters: as much as a baseline shows.
	maxAnswer = 2000
)

// Stored is what an earlier report says about its cases.
type Stored struct {
	Cases map[StoredKey]StoredCase
	// OnlyFailures holds the cells whose cases that passed are not in the report.
	OnlyFailures map[StoredCell]bool
}

// StoredCell names a cell of a test.
type StoredCell struct{ Test, Cell string }

// StoredKey names a case: in a cell, of a record, in a repeat (0 without repeats).
type StoredKey struct {
	StoredCell
	ObjectType, ID string
	Case           string
	Repeat         int
}

// StoredCase is how a case ended.
type StoredCase struct {
	Passed bool
	// Answer is the last response, at most 2,000 characters of it; "" when there was none.
	Answer string
	sum    [sha256.Size]byte // of the whole answer, where Answer is only its beginning
}

// StoredKeyOf is the key of a case of a test run.
func StoredKeyOf(test, cell string, c *prompttest.CaseResult) StoredKey {
	return StoredKey{StoredCell: StoredCell{asJSON(test), asJSON(cell)}, ObjectType: asJSON(c.Record.ObjectType), ID: asJSON(c.Record.ID), Case: asJSON(c.Case), Repeat: c.Repeat}
}

// asJSON is a text as it comes back from JSON, which has no place for bytes that are no characters.
func asJSON(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s)) // one replacement character for each byte, as encoding/json writes it
}

// SameAnswer tells whether the last response was this one, to the last character, also where Answer is only its beginning.
func (s StoredCase) SameAnswer(answer string) bool {
	answer = asJSON(answer)
	if s.sum == [sha256.Size]byte{} {
		return s.Answer == answer
	}
	return s.sum == sha256.Sum256([]byte(answer))
}

func storedCase(passed bool, answer string) StoredCase {
	s := StoredCase{Passed: passed, Answer: strings.Clone(cut(answer, maxAnswer))} // cut shares memory with the whole answer
	if s.Answer != answer {
		s.sum = sha256.Sum256([]byte(answer))
	}
	return s
}

// ReadJSON reads what JSON wrote, case by case; members may come in any order, and unknown ones are passed over. Every error
// is a sentence that says what is wrong with the file, or the error of rd.
func ReadJSON(rd io.Reader) (*Stored, error) {
	limit := &limitedReader{r: rd, all: MaxStoredBytes, value: maxStoredValue}
	s := &storedReader{limit: limit, dec: json.NewDecoder(limit), out: &Stored{Cases: map[StoredKey]StoredCase{}, OnlyFailures: map[StoredCell]bool{}}, words: map[string]string{}}
	if err := s.file(); err != nil {
		return nil, s.sentence(err)
	}
	return s.out, nil
}

// limitedReader ends a file that is too large as a whole, or in one of its values.
type limitedReader struct {
	r          io.Reader
	all, value int64
	began      int64 // where the value begins
	read       int64
}

var (
	errTooLarge      = errors.New("it is larger than 1 GB, more than a report of a test run is read")
	errValueTooLarge = errors.New("one of its values is larger than 16 MB, which no report of a test run has")
)

func (l *limitedReader) Read(p []byte) (int, error) {
	switch {
	case l.read >= l.all:
		return 0, errTooLarge
	case l.read-l.began >= l.value:
		return 0, errValueTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.all-l.read)])
	l.read += int64(n)
	return n, err
}

// storedReader walks through the file one value at a time.
type storedReader struct {
	limit *limitedReader
	dec   *json.Decoder
	out   *Stored
	words map[string]string // names that come again and again, kept once
	n     int               // cases so far
}

// problem is a sentence about the file.
type problem string

func (p problem) Error() string { return string(p) }

const lines = problem(`it is the jsonl form, of one case a line; tests are held against what --output json prints`)

const noReport = problem(`it is JSON, but no report of a test run, which begins with {"report": … and is what --output json prints`)

// sentence says what an error of the JSON decoder means.
func (s *storedReader) sentence(err error) error {
	var broken *json.SyntaxError
	var said problem
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, errTooLarge), errors.Is(err, errValueTooLarge):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if s.dec.InputOffset() == 0 && s.limit.read == 0 {
			return problem("the file is empty")
		}
		return problem("the file ends in the middle: the report was not written to its end")
	case errors.As(err, &broken):
		if s.dec.InputOffset() == 0 {
			return problem("it is no JSON: a report to hold tests against is what --output json prints")
		}
		return problem(fmt.Sprintf("it is no valid JSON behind byte %d: %s", s.dec.InputOffset(), oneLine(broken.Error())))
	}
	return fmt.Errorf("it cannot be read: %w", err)
}

// token is the next token; each begins a value of its own as far as limits go.
func (s *storedReader) token() (json.Token, error) {
	s.limit.began = s.dec.InputOffset()
	return s.dec.Token()
}

func (s *storedReader) file() error {
	first, err := s.token()
	if err != nil {
		return err
	}
	if first != json.Delim('{') {
		return noReport
	}
	found, line := false, false
	err = s.members(func(key string) error {
		if key != "report" {
			line = line || key == "cell"
			return s.skip()
		}
		if found {
			return problem(`it has two members "report"`)
		}
		found = true
		return s.object("report", s.reportMember)
	})
	if err != nil {
		return err
	}
	switch {
	case !found && line:
		return lines
	case !found:
		return noReport
	}
	if _, err := s.token(); !errors.Is(err, io.EOF) {
		return problem("something follows behind the report: the file is not one JSON object")
	}
	return nil
}

// members calls fn for each key of the object that is open, and reads its end.
func (s *storedReader) members(fn func(key string) error) error {
	for s.dec.More() {
		token, err := s.token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok { // the decoder takes only strings for keys
			return noReport
		}
		if err := fn(key); err != nil {
			return err
		}
	}
	_, err := s.token()
	return err
}

// object reads an object of the report, member by member.
func (s *storedReader) object(what string, member func(key string) error) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return problem(fmt.Sprintf("%q is no object there, as it is in the report of a test run", what))
	}
	return s.members(member)
}

// list reads a list of the report, item by item.
func (s *storedReader) list(what string, item func() error) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return problem(fmt.Sprintf("%q is no list there, as it is in the report of a test run", what))
	}
	for s.dec.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err = s.token()
	return err
}

// skip passes over a value of any size.
func (s *storedReader) skip() error {
	for depth := 0; ; {
		token, err := s.token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxStoredDepth {
				return problem(fmt.Sprintf("its values nest more than %d deep", maxStoredDepth))
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// word is a name, kept once however often it comes.
func (s *storedReader) word(w string) string {
	if known, ok := s.words[w]; ok {
		return known
	}
	s.words[w] = w
	return w
}

// storedLine is what is read of a case.
type storedLine struct {
	Record run.RecordRef `json:"record"`
	Case   string        `json:"case"`
	Repeat int           `json:"repeat"`
	Passed *bool         `json:"passed"`
	Asks   []struct {
		Response *string `json:"response"`
	} `json:"asks"`
}
