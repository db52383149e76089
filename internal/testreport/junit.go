package testreport

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"askflow/internal/prompttest"
	"askflow/internal/report"
	"askflow/internal/run"
)

// junitSum counts the test cases of a suite as they are listed.
type junitSum struct {
	tests, failures, errors, skipped int64
	ms                               int64 // latency of all asks
}

func (s *junitSum) add(other junitSum) {
	s.tests += other.tests
	s.failures += other.failures
	s.errors += other.errors
	s.skipped += other.skipped
	s.ms += other.ms
}

// junitSuite is one suite: a cell of a test, what stopped a test, or the reasons why the whole run did not pass.
type junitSuite struct {
	name, class, file string
	sum               junitSum
	properties        [][2]string
	cell              *prompttest.CellReport
	stopped           *run.Error
	reasons           []string
	notRun            []string
	// allowed is the threshold that allows the failures of the cell; 0 where they count.
	allowed float64
}

// JUnit writes JUnit XML as continuous integration reads it: a suite for each cell, a test case for each case. A failed case that
// the test's threshold allows is skipped, and says so: servers colour a build red for every failure. What a model refuses is one
// skipped test case, and so is each test that never began; what stopped a test is an error; coverage and other reasons not to
// pass are failures of a suite of their own. Times are the latencies of asks in seconds. Where a cell kept only failures, its properties say so.
// Errors are those of w and of Results.
func JUnit(w io.Writer, r *prompttest.Report) error {
	if r == nil {
		r = &prompttest.Report{}
	}
	suites := junitSuites(r)
	var all junitSum
	for _, s := range suites {
		if err := s.count(); err != nil {
			return err
		}
		all.add(s.sum)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	x := &junitWriter{out}
	x.text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	x.open(0, "testsuites", append([][2]string{{"name", "askflow"}}, all.attributes()...), false)
	for _, s := range suites {
		if err := x.suite(s); err != nil {
			return err
		}
	}
	x.text("</testsuites>\n")
	return out.Flush()
}

func (s *junitSum) attributes() [][2]string {
	return [][2]string{{"tests", strconv.FormatInt(s.tests, 10)}, {"failures", strconv.FormatInt(s.failures, 10)}, {"errors", strconv.FormatInt(s.errors, 10)},
		{"skipped", strconv.FormatInt(s.skipped, 10)}, {"time", seconds(s.ms)}}
}

// seconds writes milliseconds as seconds.
func seconds(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }

func junitSuites(r *prompttest.Report) []*junitSuite {
	var out []*junitSuite
	names := unique{}
	add := func(s *junitSuite) {
		// Programs that read JUnit take what stands before the last dot of a class for its package.
		s.name = names.of(s.name)
		s.class = strings.ReplaceAll(s.name, ".", "_")
		out = append(out, s)
	}
	for _, t := range testsOf(r) {
		for _, c := range cellsOf(t) {
			s := &junitSuite{name: oneLine(t.Name), file: oneLine(t.File), cell: c, properties: junitProperties(t, c)}
			if isMatrix(t) {
				s.name += " [" + oneLine(c.Label) + "]"
			}
			if isAllowed(t, c) {
				s.allowed = t.Threshold
			}
			add(s)
		}
		if t.Error != nil {
			add(&junitSuite{name: oneLine(t.Name) + " stopped", file: oneLine(t.File), stopped: t.Error})
		}
	}
	if len(r.NotRun) > 0 {
		add(&junitSuite{name: "tests not run", notRun: r.NotRun})
	}
	if len(r.Reasons) > 0 {
		add(&junitSuite{name: "test run", reasons: r.Reasons})
	}
	return out
}

// junitProperties say with which settings a cell was asked and what it came to.
func junitProperties(t *prompttest.TestReport, c *prompttest.CellReport) [][2]string {
	out := [][2]string{{"workflow", t.Workflow.File}, {"answers", t.Answers}, {"era", eraOf(t)}, {"model", c.Model}}
	if c.Temperature != nil {
		out = append(out, [2]string{"temperature", strconv.FormatFloat(*c.Temperature, 'g', -1, 64)})
	}
	out = append(out, [2]string{"reasoning_effort", c.ReasoningEffort}, [2]string{"assistant", c.Assistant})
	for _, step := range sortedSteps(c.Prompts) {
		name := "prompt"
		if step != "" {
			name += "@" + step
		}
		out = append(out, [2]string{name, c.Prompts[step]})
	}
	if t.Threshold > 0 && t.Threshold < 1 {
		out = append(out, [2]string{"threshold", strconv.FormatFloat(t.Threshold, 'g', -1, 64)})
	}
	if c.Refused != nil {
		return out
	}
	out = append(out, [2]string{"pass_rate", strconv.FormatFloat(rate(c), 'f', 4, 64)}, [2]string{"cost_usd", amount(c.CostUSD)},
		[2]string{"input_tokens", strconv.FormatInt(c.InputTokens, 10)}, [2]string{"output_tokens", strconv.FormatInt(c.OutputTokens, 10)},
		[2]string{"latency_p50_ms", strconv.FormatInt(c.LatencyP50, 10)}, [2]string{"latency_p90_ms", strconv.FormatInt(c.LatencyP90, 10)})
	if c.Agreement != nil {
		out = append(out, [2]string{"agreement", strconv.FormatFloat(*c.Agreement, 'f', 4, 64)})
	}
	if len(c.Runs) > 0 {
		out = append(out, [2]string{"runs", strings.Join(c.Runs, " ")})
	}
	if c.NotJudged > 0 {
		out = append(out, [2]string{"not_judged", notJudged(c.NotJudged)})
	}
	if c.Results == nil {
		out = append(out, [2]string{"note", fmt.Sprintf("only failed cases are listed; %s passed", report.Count(c.Passed, "cases"))})
	}
	return out
}

// count goes through the cases once, since a suite says how many it has before it lists them.
func (s *junitSuite) count() error {
	switch {
	case s.stopped != nil:
		s.sum = junitSum{tests: 1, errors: 1}
		return nil
	case s.cell == nil:
		reasons, notRun := int64(len(s.reasons)), int64(len(s.notRun))
		s.sum = junitSum{tests: reasons + notRun, failures: reasons, skipped: notRun}
		return nil
	case s.cell.Refused != nil:
		s.sum = junitSum{tests: 1, skipped: 1}
		return nil
	}
	err := eachCase(s.cell, func(c *prompttest.CaseResult) error {
		s.sum.tests++
		switch {
		case c.Passed:
		case s.allowed > 0:
			s.sum.skipped++
		default:
			s.sum.failures++
		}
		s.sum.ms += latency(c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("the cases of %s cannot be read: %w", s.name, err)
	}
	return nil
}

// latency is how long the asks of a case took, in milliseconds.
func latency(c *prompttest.CaseResult) (ms int64) {
	for i := range c.Asks {
		ms += max(0, c.Asks[i].LatencyMs)
	}
	return ms
}

// junitWriter writes elements; its writer remembers the first error.
type junitWriter struct{ *bufio.Writer }

func (x *junitWriter) text(s string) { _, _ = x.WriteString(s) }

// open begins an element on a line of its own; attributes without a value are left out. An empty one is closed at once.
func (x *junitWriter) open(depth int, name string, attributes [][2]string, empty bool) {
	x.text(indentOf(depth) + "<" + name)
	for _, a := range attributes {
		if a[1] != "" {
			x.text(" " + a[0] + `="`)
			_ = xml.EscapeText(x, []byte(oneLine(a[1]))) // Flush tells of it
			x.text(`"`)
		}
	}
	if empty {
		x.text("/")
	}
	x.text(">\n")
}

func (x *junitWriter) close(depth int, name string) { x.text(indentOf(depth) + "</" + name + ">\n") }

// element writes an element with a text; its lines stay lines.
func (x *junitWriter) element(depth int, name string, attributes [][2]string, text string) {
	if text == "" {
		x.open(depth, name, attributes, true)
		return
	}
	x.open(depth, name, attributes, false)
	for i, line := range strings.Split(report.SafeLines(text), "\n") {
		if i > 0 {
			x.text("\n")
		}
		_ = xml.EscapeText(x, []byte(line)) // Flush tells of it
	}
	x.text("\n")
	x.close(depth, name)
}

func (x *junitWriter) suite(s *junitSuite) error {
	x.open(1, "testsuite", append(append([][2]string{{"name", s.name}}, s.sum.attributes()...), [2]string{"file", s.file}), false)
	x.properties(s.properties)
	var err error
	switch {
	case s.stopped != nil:
		x.open(2, "testcase", [][2]string{{"name", "the test ran to its end"}, {"classname", s.class}, {"file", s.file}, {"time", seconds(0)}}, false)
		x.element(3, "error", [][2]string{{"message", s.stopped.Message}, {"type", s.stopped.Code}}, errorText(s.stopped))
		x.close(2, "testcase")
	case s.cell == nil:
		x.reasons(s)
	case s.cell.Refused != nil:
		x.open(2, "testcase", [][2]string{{"name", oneLine(s.cell.Label)}, {"classname", s.class}, {"file", s.file}, {"time", seconds(0)}}, false)
		x.element(3, "skipped", [][2]string{{"message", errorText(s.cell.Refused)}}, "")
		x.close(2, "testcase")
	default:
		names := unique{}
		err = eachCase(s.cell, func(c *prompttest.CaseResult) error {
			x.testcase(s, names.of(caseTitle(c)), c)
			return nil
		})
	}
	x.close(1, "testsuite")
	if err != nil {
		return fmt.Errorf("the cases of %s cannot be read: %w", s.name, err)
	}
	return nil
}

func (x *junitWriter) reasons(s *junitSuite) {
	names := unique{}
	for _, reason := range s.reasons {
		x.open(2, "testcase", [][2]string{{"name", names.of(cut(oneLine(reason), 200))}, {"classname", s.class}, {"time", seconds(0)}}, false)
		x.element(3, "failure", [][2]string{{"message", orEmpty(reason)}, {"type", "test run"}}, reason)
		x.close(2, "testcase")
	}
	for _, name := range s.notRun {
		x.open(2, "testcase", [][2]string{{"name", names.of(cut(oneLine(name), 200))}, {"classname", s.class}, {"time", seconds(0)}}, false)
		x.element(3, "skipped", [][2]string{{"message", "it did not run, since a test before it was stopped"}}, "")
		x.close(2, "testcase")
	}
}

func (x *junitWriter) properties(list [][2]string) {
	n := 0
	for _, p := range list {
		if oneLine(p[1]) == "" {
			continue
		}
		if n++; n == 1 {
			x.open(2, "properties", nil, false)
		}
		x.open(3, "property", [][2]string{{"name", p[0]}, {"value", p[1]}}, true)
	}
	if n > 0 {
		x.close(2, "properties")
	}
}

func (x *junitWriter) testcase(s *junitSuite, name string, c *prompttest.CaseResult) {
	file, line := oneLine(c.File), ""
	if file == "" {
		file = s.file
	}
	if c.Line > 0 {
		line = strconv.Itoa(c.Line)
	}
	attributes := [][2]string{{"name", name}, {"classname", s.class}, {"file", file}, {"line", line}, {"time", seconds(latency(c))}}
	if c.Passed {
		x.open(2, "testcase", attributes, true)
		return
	}
	x.open(2, "testcase", attributes, false)
	if s.allowed > 0 {
		x.element(3, "skipped", [][2]string{{"message", "failed, and the threshold of " + percent(s.allowed) + " allows it"}}, failureText(c))
		x.close(2, "testcase")
		return
	}
	x.element(3, "failure", [][2]string{{"message", failureMessage(c)}, {"type", failureType(c)}}, failureText(c))
	x.close(2, "testcase")
}

// unique makes names differ: the second "a" is "a (2)".
type unique map[string]int

func (u unique) of(name string) string {
	// XML has no place for these characters: where they are all that differs, names come out the same.
	name = strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(name)
	if name == "" {
		name = "(no name)"
	}
	for u[name]++; u[name] > 1; u[name]++ {
		if next := fmt.Sprintf("%s (%d)", name, u[name]); u[next] == 0 {
			u[next] = 1
			return next
		}
	}
	return name
}
