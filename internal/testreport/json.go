package testreport

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Every shape here hides a list of the type that it embeds, so that the list can be written one item at a time, behind the
// other members.
type (
	reportShape struct {
		*prompttest.Report
		Tests []int `json:"tests,omitempty"`
	}
	testShape struct {
		*prompttest.TestReport
		Cells []int `json:"cells,omitempty"`
	}
	cellShape struct {
		*prompttest.CellReport
		// OnlyFailures tells that cases which passed are not among the results.
		OnlyFailures bool `json:"onlyFailures,omitempty"`
	}
	lineShape struct {
		Test string `json:"test"`
		Cell string `json:"cell"`
		*prompttest.CaseResult
	}
)

// JSON writes {"report":{…}}: the report as its types say, each cell with "results", the list of its cases, read from
// Results one by one; where only failures were kept the cell says "onlyFailures" and lists them. Errors are those of w and of
// Results.
func JSON(w io.Writer, r *prompttest.Report) error {
	out := bufio.NewWriterSize(w, 64<<10)
	j := &jsonWriter{w: source.HarmlessJSON{W: out}}
	if r == nil {
		r = &prompttest.Report{}
	}
	j.text("{\n")
	whole := *r
	whole.Baseline = wholeBaseline(r.Baseline)
	j.begin(1, `"report": `, reportShape{Report: &whole})
	j.items(2, "tests", func(next func()) {
		for _, t := range testsOf(r) {
			next()
			j.test(t)
		}
	})
	j.end(1)
	j.text("\n}\n")
	if j.err != nil {
		return j.err
	}
	return out.Flush()
}

// JSONLines writes one case a line, with "test" and "cell" before its own members. Errors are those of w and of Results.
func JSONLines(w io.Writer, r *prompttest.Report) error {
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(source.HarmlessJSON{W: out})
	enc.SetEscapeHTML(false)
	for _, t := range testsOf(r) {
		for _, c := range cellsOf(t) {
			err := eachCase(c, func(result *prompttest.CaseResult) error {
				return enc.Encode(lineShape{Test: t.Name, Cell: c.Label, CaseResult: wholeCase(result)})
			})
			if err != nil {
				return fmt.Errorf("the cases of the test %s cannot be written: %w", oneLine(t.Name), err)
			}
		}
	}
	return out.Flush()
}

// jsonWriter writes indented JSON piece by piece. After an error it writes nothing more.
type jsonWriter struct {
	w   io.Writer
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

// value is v as indented JSON at a depth.
func (j *jsonWriter) value(depth int, v any) []byte {
	if j.err != nil {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(indentOf(depth), "  ")
	if j.err = enc.Encode(v); j.err != nil {
		return nil
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// begin writes an object and leaves it open for more members.
func (j *jsonWriter) begin(depth int, label string, v any) {
	b := bytes.TrimSuffix(j.value(depth, v), []byte("}"))
	j.text(indentOf(depth) + label + strings.TrimRight(string(b), " \n"))
}

func (j *jsonWriter) end(depth int) { j.text("\n" + indentOf(depth) + "}") }

// items adds a member that is a list to the object that is open; fill calls next before each item.
func (j *jsonWriter) items(depth int, name string, fill func(next func())) {
	n := 0
	j.text(",\n" + indentOf(depth) + `"` + name + `": [`)
	fill(func() {
		if n++; n > 1 {
			j.text(",")
		}
		j.text("\n")
	})
	if n > 0 {
		j.text("\n" + indentOf(depth))
	}
	j.text("]")
}

func (j *jsonWriter) test(t *prompttest.TestReport) {
	whole := *t
	if whole.Dimensions == nil {
		whole.Dimensions = []string{}
	}
	if whole.Coverage != nil && whole.Coverage.Items == nil {
		coverage := *whole.Coverage
		coverage.Items = []prompttest.CoverItem{}
		whole.Coverage = &coverage
	}
	j.begin(3, "", testShape{TestReport: &whole})
	j.items(4, "cells", func(next func()) {
		for _, c := range cellsOf(t) {
			next()
			j.cell(t, c)
		}
	})
	j.end(3)
}

func (j *jsonWriter) cell(t *prompttest.TestReport, c *prompttest.CellReport) {
	whole := *c
	if whole.Values == nil {
		whole.Values = []string{}
	}
	j.begin(5, "", cellShape{CellReport: &whole, OnlyFailures: c.Results == nil && c.Refused == nil})
	j.items(6, "results", func(next func()) {
		err := eachCase(c, func(result *prompttest.CaseResult) error {
			next()
			j.text(indentOf(7))
			j.text(string(j.value(7, wholeCase(result))))
			return j.err
		})
		if j.err == nil && err != nil {
			j.err = fmt.Errorf("the cases of the test %s cannot be read: %w", oneLine(t.Name), err)
		}
	})
	j.end(5)
}

// wholeCase is a case whose lists are never null.
func wholeCase(c *prompttest.CaseResult) *prompttest.CaseResult {
	if c.Failures != nil && c.Asks != nil {
		return c
	}
	whole := *c
	if whole.Failures == nil {
		whole.Failures = []prompttest.Failure{}
	}
	if whole.Asks == nil {
		whole.Asks = []prompttest.AskResult{}
	}
	return &whole
}

func wholeBaseline(b *prompttest.Baseline) *prompttest.Baseline {
	if b == nil || b.Changes != nil {
		return b
	}
	whole := *b
	whole.Changes = []prompttest.BaselineChange{}
	return &whole
}

func indentOf(depth int) string { return strings.Repeat("  ", depth) }
