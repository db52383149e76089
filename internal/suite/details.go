package suite

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"askflow/internal/prompttest"
)

// Details keeps every case of a test run in a file of its own, so that reports can show all of them and memory stays flat. Make it
// with NewDetails, close it when the reports are written. It is used by one goroutine at a time.
type Details struct {
	file *os.File
	w    *bufio.Writer
	at   int64
	err  error
}

// NewDetails opens a file in the system's folder for temporary ones.
func NewDetails() (*Details, error) {
	f, err := os.CreateTemp("", "askflow-test-*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("the results need a temporary file, and none can be made: %w", err)
	}
	return &Details{file: f, w: bufio.NewWriterSize(f, 1<<16)}, nil
}

// Close removes the file.
func (d *Details) Close() error {
	return errors.Join(d.file.Close(), os.Remove(d.file.Name()))
}

// segment begins the cases of a cell.
func (d *Details) segment() *segment { return &segment{d: d} }

// segment is the places of one cell's cases; those of several cells may alternate.
type segment struct {
	d     *Details
	spans []span // those next to each other are one
}

type span struct{ from, to int64 }

func (s *segment) add(c *prompttest.CaseResult) {
	d := s.d
	if d.err != nil {
		return
	}
	line, err := json.Marshal(c)
	if err == nil {
		line = append(line, '\n')
		_, err = d.w.Write(line)
	}
	if err != nil {
		d.err = err
		return
	}
	from := d.at
	d.at += int64(len(line))
	if n := len(s.spans); n > 0 && s.spans[n-1].to == from {
		s.spans[n-1].to = d.at
		return
	}
	s.spans = append(s.spans, span{from, d.at})
}

// Each gives the cell's cases in the order in which they came.
func (s *segment) Each(fn func(*prompttest.CaseResult) error) error {
	d := s.d
	if err := errors.Join(d.err, d.w.Flush()); err != nil {
		return fmt.Errorf("the results could not be kept for the reports: %w", err)
	}
	for _, sp := range s.spans {
		dec := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(d.file, sp.from, sp.to-sp.from), 1<<16))
		for {
			c := &prompttest.CaseResult{}
			err := dec.Decode(c)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("the results kept for the reports cannot be read: %w", err)
			}
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}
