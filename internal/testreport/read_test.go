package testreport_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/testreport"

	"github.com/google/go-cmp/cmp"
)

func TestReadJSON(t *testing.T) {
	t.Parallel()
	r := sampleReport()
	stored, err := testreport.ReadJSON(bytes.NewReader(written(t, r, testreport.JSON)))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Cases) != 13 {
		t.Errorf("%d cases were read, want 13", len(stored.Cases))
	}
	if diff := cmp.Diff(map[testreport.StoredCell]bool{{Test: "email-draft", Cell: "as it is"}: true}, stored.OnlyFailures); diff != "" {
		t.Errorf("cells with only failures differ (-want +got):\n%s", diff)
	}
	for _, test := range r.Tests {
		for _, cell := range test.Cells {
			if cell.Results == nil {
				continue
			}
			for _, c := range cell.Results.(slice) {
				got, ok := stored.Cases[testreport.StoredKeyOf(test.Name, cell.Label, c)]
				answer := testreport.LastResponse(c)
				if !ok || got.Passed != c.Passed || !got.SameAnswer(answer) || got.SameAnswer(answer+".") || got.SameAnswer(got.Answer) == strings.HasSuffix(got.Answer, "…") {
					t.Errorf("%s of %s was read as %+v, %v", c.Record.ID, cell.Label, got, ok)
				}
				if n := len([]rune(got.Answer)); n > 2000 {
					t.Errorf("%d characters of an answer were kept", n)
				}
			}
		}
	}
	failed := stored.Cases[testreport.StoredKey{StoredCell: testreport.StoredCell{Test: "email-draft", Cell: "as it is"}, ObjectType: "contact", ID: "101", Case: "asks for a price"}]
	if failed.Passed || !strings.HasPrefix(failed.Answer, "Dear Ada,") {
		t.Errorf("the answer of the first of two asks is %q", failed.Answer)
	}
}

// TestReadJSONInvalid reads back texts that are no valid UTF-8, which JSON cannot hold as they are.
func TestReadJSONInvalid(t *testing.T) {
	t.Parallel()
	answer := "a\xff\xfeb\xf0"
	c := &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "1\xff\xff"}, Case: "\xc0x", Asks: []prompttest.AskResult{{Response: &answer}}}
	r := passedReport()
	r.Tests[0].Name, r.Tests[0].Cells[0].Label, r.Tests[0].Cells[0].Results = "\xfft", "\xff\xff", slice{c}
	stored, err := testreport.ReadJSON(bytes.NewReader(written(t, r, testreport.JSON)))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := stored.Cases[testreport.StoredKeyOf("\xfft", "\xff\xff", c)]; !ok || !got.SameAnswer(answer) || got.SameAnswer("a") {
		t.Errorf("read %+v", stored.Cases)
	}
}

// TestReadJSONAnyOrder reads a report whose members another program has sorted.
func TestReadJSONAnyOrder(t *testing.T) {
	t.Parallel()
	stored, err := testreport.ReadJSON(strings.NewReader(`{"note": [1, {"a": [2]}], "report": {"passed": true, "tests": [{"cells": [{"results": [
		{"asks": [{"response": "Calif."}, {"response": "CA"}, {}], "case": "x", "passed": true, "record": {"id": "1", "objectType": "contact"}, "repeat": 2, "new": {"in": ["a", "later", "version"]}}],
		"label": "as it is"}], "name": "states"}]}} `))
	if err != nil {
		t.Fatal(err)
	}
	want := testreport.StoredKey{StoredCell: testreport.StoredCell{Test: "states", Cell: "as it is"}, ObjectType: "contact", ID: "1", Case: "x", Repeat: 2}
	if c, ok := stored.Cases[want]; !ok || !c.Passed || c.Answer != "CA" {
		t.Errorf("read %+v", stored.Cases)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	t.Parallel()
	const result = `{"record": {"objectType": "contact", "id": "1"}, "passed": true}`
	for name, test := range map[string]struct{ file, says string }{
		"nothing":         {"", "the file is empty"},
		"no JSON":         {"tests:\n- a", "it is no JSON"},
		"a list":          {`[1]`, "no report of a test run"},
		"a word":          {`"report"`, "no report of a test run"},
		"another object":  {`{"runs": []}`, "no report of a test run"},
		"jsonl":           {`{"test": "a", "cell": "b", "record": {"id": "1"}}` + "\n" + `{"test": "a"}`, "jsonl"},
		"cut":             {`{"report": {"tests": [{"name": "a", "cells": [{"label"`, "ends in the middle"},
		"cut at a case":   {`{"report": {"tests": [{"name": "a", "cells": [{"label": "x", "results": [{"record": {"id": "1`, "ends in the middle"},
		"two documents":   {`{"report": {}} {}`, "something follows"},
		"two reports":     {`{"report": {}, "report": {}}`, `two members "report"`},
		"broken":          {`{"report": {"tests": [{"name": "a" "cells"`, "no valid JSON behind byte"},
		"report a list":   {`{"report": []}`, `"report" is no object`},
		"tests an object": {`{"report": {"tests": {}}}`, `"tests" is no list`},
		"no name":         {`{"report": {"tests": [{"cells": []}]}}`, `no "name"`},
		"name a number":   {`{"report": {"tests": [{"name": 1}]}}`, `"name" holds a number`},
		"no results":      {`{"report": {"tests": [{"name": "a", "cells": [{"label": "x", "cases": 3}]}]}}`, `no "results"`},
		"no verdict":      {cell(`{"record": {"id": "1"}}`), `"passed" is missing`},
		"no record":       {cell(`{"passed": true}`), `"record" has no "id"`},
		"a wrong type":    {cell(`{"record": {"id": 1}, "passed": true}`), "record.id"},
		"twice":           {cell(result + "," + result), "twice"},
		"hostile":         {cell(`{"record": {"id": "\u001b[2J\u202e"}, "passed": true}, {"record": {"id": "\u001b[2J\u202e"}, "passed": true}`), "twice"},
		"deep":            {`{"x": ` + strings.Repeat("[", 10_000), "nest more than 500 deep"},
		"deep in a case":  {cell(strings.Repeat("[", 20_000)), "holds"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testreport.ReadJSON(strings.NewReader(test.file))
			switch {
			case err == nil:
				t.Fatal("it was read")
			case name == "deep in a case": // which of the two is said is the decoder's
			case !strings.Contains(err.Error(), test.says):
				t.Errorf("the error is %q, want %q in it", err, test.says)
			}
			for _, r := range err.Error() {
				if r < 0x20 || r == '\u202e' {
					t.Errorf("the error holds %U: %q", r, err)
				}
			}
		})
	}
}

// cell is a report with these cases.
func cell(results string) string {
	return `{"report": {"tests": [{"name": "a", "cells": [{"label": "x", "results": [` + results + `]}]}]}}`
}

// endless gives the same bytes again and again behind a beginning.
type endless struct {
	begin, again string
	at           int // how many bytes it gave
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	if e.at < len(e.begin) {
		n = copy(p, e.begin[e.at:])
	}
	for n+len(e.again) <= len(p) {
		n += copy(p[n:], e.again)
	}
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	e.at += n
	return n, nil
}

func TestReadJSONEndless(t *testing.T) {
	t.Parallel()
	begin, _, _ := strings.Cut(cell("@"), "@")
	for name, e := range map[string]*endless{
		"an answer": {begin: begin + `{"record": {"id": "1"}, "passed": true, "asks": [{"response": "`, again: strings.Repeat("x", 500)},
		"a case":    {begin: begin + `{"more": [`, again: strings.Repeat(`"x",`, 125)},
		"a string":  {begin: `{"x": "`, again: strings.Repeat("x", 500)},
		"spaces":    {begin: `{`, again: strings.Repeat(" ", 500)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testreport.ReadJSON(e)
			if err == nil || !strings.Contains(err.Error(), "larger than 16 MB") {
				t.Errorf("the error is %v", err)
			}
			if e.at > 64<<20 {
				t.Errorf("%d bytes were read", e.at)
			}
		})
	}
}

func TestReadJSONPassesOnErrors(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is gone")
	_, err := testreport.ReadJSON(io.MultiReader(strings.NewReader(`{"report": {"tests": [`), readerFunc(func([]byte) (int, error) { return 0, failure })))
	if !errors.Is(err, failure) {
		t.Errorf("the error is %v", err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzReadJSON(f *testing.F) {
	for _, r := range []*prompttest.Report{sampleReport(), passedReport(), {}} {
		f.Add(written(f, r, testreport.JSON))
	}
	f.Add([]byte(cell(`{"record": {"id": "1"}, "passed": true, "asks": [{"response": null}]}`)))
	f.Add([]byte(`{"report": {"tests": [{"name": "a", "cells": [{"results": [[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		stored, err := testreport.ReadJSON(bytes.NewReader(data))
		if err != nil {
			if stored != nil || err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x1b\u202e") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		for key, c := range stored.Cases {
			if key.ID == "" || len([]rune(c.Answer)) > 2000 {
				t.Errorf("read %+v: %+v", key, c)
			}
		}
	})
}

func BenchmarkReadJSON(b *testing.B) {
	file := written(b, streamedReport(10_000), testreport.JSON)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		stored, err := testreport.ReadJSON(bytes.NewReader(file))
		if err != nil || len(stored.Cases) != 10_000 {
			b.Fatal(err)
		}
	}
}

// ExampleStoredCase_SameAnswer shows that a long answer is compared to its end.
func ExampleStoredCase_SameAnswer() {
	long := strings.Repeat("a", 5000)
	r := passedReport()
	c := &prompttest.CaseResult{Record: run.RecordRef{ObjectType: "contact", ID: "1"}, Passed: true, Asks: []prompttest.AskResult{{Response: &long}}}
	r.Tests[0].Cells[0].Results = slice{c}
	var file bytes.Buffer
	if err := testreport.JSON(&file, r); err != nil {
		fmt.Println(err)
		return
	}
	stored, err := testreport.ReadJSON(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	was := stored.Cases[testreport.StoredKeyOf("state-formatting", "as it is", c)]
	fmt.Println(len(was.Answer) < len(long), was.SameAnswer(long), was.SameAnswer(long+"b"))
	// Output: true true false
}
