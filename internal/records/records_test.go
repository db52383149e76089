package records_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// textFile is a file in memory.
func textFile(path, text string) records.File {
	return records.File{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// readAll reads files to their end or their first error.
func readAll(t testing.TB, objectType string, opt records.Options, files ...records.File) ([]*hubspot.Record, error) {
	t.Helper()
	r := records.Open(objectType, files, opt)
	var out []*hubspot.Record
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			if _, again := r.Next(); !errors.Is(again, io.EOF) {
				t.Errorf("after io.EOF, Next answers %v", again)
			}
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			return out, nil
		}
		if err != nil {
			if _, again := r.Next(); !errors.Is(again, err) {
				t.Errorf("after the error %v, Next answers %v", err, again)
			}
			return out, err
		}
		out = append(out, rec)
	}
}

// contents shows records as maps of what is not empty, with the id.
func contents(recs []*hubspot.Record) []map[string]string {
	var out []map[string]string
	for _, r := range recs {
		m := map[string]string{"id": r.ID}
		for _, n := range r.PropertyNames() {
			if v := r.Get(n); v != "" {
				m[n] = v
			}
		}
		out = append(out, m)
	}
	return out
}

// codes lists the problems' codes with their places.
func codes(ps source.Problems) []string {
	var out []string
	for _, p := range ps {
		out = append(out, string(p.Severity)+" "+p.Code+" "+p.Where())
	}
	return out
}
