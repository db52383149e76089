package testreport_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/testreport"
)

// element is XML as it was read.
type element struct {
	name       string
	attributes map[string]string
	children   []*element
	text       string
}

// readXML reads a document strictly into elements.
func readXML(t testing.TB, file []byte) *element {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(file))
	root := &element{}
	open := []*element{root}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		at := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: map[string]string{}}
			for _, a := range token.Attr {
				if _, twice := e.attributes[a.Name.Local]; twice {
					t.Errorf("<%s> has the attribute %s twice", e.name, a.Name.Local)
				}
				e.attributes[a.Name.Local] = a.Value
			}
			at.children = append(at.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(token)
		}
	}
	if len(root.children) != 1 {
		t.Fatalf("%d elements stand at the top", len(root.children))
	}
	return root.children[0]
}

// shape says which attributes an element must have and may have, and which elements may stand in it, in this order.
type shape struct{ must, may, children string }

// junitShapes is what the programs that read JUnit agree on.
func junitShapes() map[string]shape {
	const counts = "name tests failures errors skipped time"
	return map[string]shape{
		"testsuites": {must: counts, children: "testsuite"},
		"testsuite":  {must: counts, may: "file", children: "properties testcase"},
		"properties": {children: "property"},
		"property":   {must: "name value"},
		"testcase":   {must: "name classname time", may: "file line", children: "skipped error failure"},
		"skipped":    {must: "message"},
		"error":      {must: "message type"},
		"failure":    {must: "message type"},
	}
}

func checkShape(t *testing.T, e *element) {
	t.Helper()
	s, known := junitShapes()[e.name]
	if !known {
		t.Errorf("<%s> is no element of JUnit", e.name)
		return
	}
	for _, name := range strings.Fields(s.must) {
		if e.attributes[name] == "" {
			t.Errorf("<%s> has no %s: %v", e.name, name, e.attributes)
		}
	}
	for name := range e.attributes {
		if !strings.Contains(" "+s.must+" "+s.may+" ", " "+name+" ") {
			t.Errorf("<%s> has the attribute %s", e.name, name)
		}
	}
	last := 0
	for _, child := range e.children {
		at := strings.Index(" "+s.children+" ", " "+child.name+" ")
		if at < 0 || at < last {
			t.Errorf("<%s> stands in <%s> where it may not", child.name, e.name)
		}
		last = at
		checkShape(t, child)
	}
	if len(e.children) > 0 && strings.TrimSpace(e.text) != "" {
		t.Errorf("<%s> holds text between its elements: %q", e.name, e.text)
	}
}

// sums counts what stands in suites.
func sums(t *testing.T, suites ...*element) map[string]string {
	t.Helper()
	n := map[string]int{}
	var seconds float64
	for _, suite := range suites {
		for _, c := range suite.children {
			if c.name != "testcase" {
				continue
			}
			n["testcase"]++
			for _, outcome := range c.children {
				n[outcome.name]++
			}
			s, err := strconv.ParseFloat(c.attributes["time"], 64)
			if err != nil || s < 0 {
				t.Errorf("a time is %q", c.attributes["time"])
			}
			seconds += s
		}
	}
	return map[string]string{"tests": strconv.Itoa(n["testcase"]), "failures": strconv.Itoa(n["failure"]), "errors": strconv.Itoa(n["error"]), "skipped": strconv.Itoa(n["skipped"]), "time": fmt.Sprintf("%.3f", seconds)}
}

func TestJUnitStructure(t *testing.T) {
	t.Parallel()
	twins := passedReport()
	twins.Reasons = []string{"", "a reason", "a reason"}
	same := sampleHostile(prompttest.Cell{}, 0, false)
	twins.Tests[0].Cells[0].Results = slice{same, same, same, {}, {}}
	for _, id := range []string{"7 (2)", "7", "7", "7", "8\ufffe", "8\uffff", "8\ufffd"} { // XML has no place for two of the last three
		twins.Tests[0].Cells[0].Results = append(twins.Tests[0].Cells[0].Results.(slice), &prompttest.CaseResult{Record: run.RecordRef{ID: id}})
	}
	twins.Tests = append(twins.Tests, twins.Tests[0], &prompttest.TestReport{Error: &run.Error{Code: "x", Message: "y"}})
	for name, r := range map[string]*prompttest.Report{"sample": sampleReport(), "passed": passedReport(), "empty": {}, "twins": twins, "allowed": allowedReport()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := readXML(t, written(t, r, testreport.JUnit))
			checkShape(t, root)
			suites := map[string]bool{}
			for _, suite := range root.children {
				if suites[suite.attributes["name"]] {
					t.Errorf("two suites are called %q", suite.attributes["name"])
				}
				suites[suite.attributes["name"]] = true
				names := map[string]bool{}
				for _, c := range suite.children {
					if c.name == "testcase" && names[c.attributes["name"]] {
						t.Errorf("two cases of %q are called %q", suite.attributes["name"], c.attributes["name"])
					}
					names[c.attributes["name"]] = true
					if strings.Contains(c.attributes["classname"], ".") {
						t.Errorf("the class %q would be read as a package", c.attributes["classname"])
					}
				}
				for what, want := range sums(t, suite) {
					if suite.attributes[what] != want {
						t.Errorf("%s of %q is %s, and %s stand in it", what, suite.attributes["name"], suite.attributes[what], want)
					}
				}
			}
			for what, want := range sums(t, root.children...) {
				if root.attributes[what] != want {
					t.Errorf("%s is %s, and %s stand in it", what, root.attributes[what], want)
				}
			}
		})
	}
}

// allowedReport is a report of tests that pass with failures, since their thresholds allow them.
func allowedReport() *prompttest.Report {
	r := sampleReport()
	r.Tests, r.Reasons = r.Tests[:1], nil
	r.Tests[0].Threshold = 0.5
	return r
}

// A failure that the threshold allows is skipped, and says why: only what makes the test fail is a failure.
func TestJUnitThreshold(t *testing.T) {
	t.Parallel()
	outcomes := func(r *prompttest.Report, cell string) (failures, skipped int, messages string) {
		for _, s := range readXML(t, written(t, r, testreport.JUnit)).children {
			if s.attributes["name"] != "state-formatting ["+cell+"]" {
				continue
			}
			for _, c := range s.children {
				for _, outcome := range c.children {
					switch outcome.name {
					case "failure":
						failures++
					case "skipped":
						skipped++
						messages = outcome.attributes["message"] + "\n" + outcome.text
					}
				}
			}
		}
		return failures, skipped, messages
	}
	r := allowedReport()
	if failures, skipped, message := outcomes(r, "gpt-5.4-mini, temperature 0"); failures != 0 || skipped != 2 || !strings.HasPrefix(message, "failed, and the threshold of 50% allows it\n") || !strings.Contains(message, "expected: CA, NY, TX") {
		t.Errorf("half of the cases may fail: %d failures, %d skipped: %s", failures, skipped, message)
	}
	if failures, skipped, _ := outcomes(r, "gpt-6-luna, temperature 0.7"); failures != 3 || skipped != 0 {
		t.Errorf("three of four may not fail: %d failures, %d skipped", failures, skipped)
	}
	r.Tests[0].Cells[2].NoAnswer = 1
	if failures, skipped, _ := outcomes(r, "gpt-5.4-mini, temperature 0"); failures != 2 || skipped != 0 {
		t.Errorf("a question without an answer is not allowed: %d failures, %d skipped", failures, skipped)
	}
	r.Tests[0].Threshold, r.Tests[0].Cells[2].NoAnswer = 0, 0
	if failures, _, _ := outcomes(r, "gpt-5.4-mini, temperature 0"); failures != 2 {
		t.Errorf("without a threshold nothing is allowed: %d failures", failures)
	}
}

func TestJUnitContents(t *testing.T) {
	t.Parallel()
	root := readXML(t, written(t, sampleReport(), testreport.JUnit))
	find := func(suite, name string) *element {
		for _, s := range root.children {
			for _, c := range s.children {
				if s.attributes["name"] == suite && c.attributes["name"] == name {
					return c
				}
			}
		}
		t.Fatalf("%s has no case %s", suite, name)
		return nil
	}
	passed := find("state-formatting [gpt-6-luna, temperature 0]", "117 Grace Hopper · typed in full · repeat 1")
	if len(passed.children) != 0 || passed.attributes["time"] != "0.420" || passed.attributes["file"] != "tests/state-formatting.yaml" || passed.attributes["line"] != "12" {
		t.Errorf("a case that passed reads %+v", passed)
	}
	failed := find("state-formatting [gpt-6-luna, temperature 0.7]", "117 Grace Hopper · typed in full · repeat 2").children[0]
	if failed.name != "failure" || failed.attributes["type"] != "expected_equal" || failed.attributes["message"] != "response equals (step format): expected NY, got New York (and 1 more)" {
		t.Errorf("a failure reads %+v", failed)
	}
	for _, want := range []string{"tests/state-formatting.yaml:14:21: response equals", "expected: NY", "got: New York", "differs: at character 2", "    -NY\n    +New York", "property state one_of", "Which state is this?"} {
		if !strings.Contains(failed.text, want) {
			t.Errorf("the text of a failure has no %q:\n%s", want, failed.text)
		}
	}
	if refused := find("state-formatting [gpt-5.4-mini, temperature 0.7]", "gpt-5.4-mini, temperature 0.7").children[0]; refused.name != "skipped" || !strings.Contains(refused.attributes["message"], "takes no temperature") {
		t.Errorf("a cell that is refused reads %+v", refused)
	}
	if stopped := find("lead-qualification stopped", "the test ran to its end").children[0]; stopped.name != "error" || stopped.attributes["type"] != "insufficient_quota" {
		t.Errorf("a test that stopped reads %+v", stopped)
	}
	if missed := find("tests not run", "spam-filter").children[0]; missed.name != "skipped" || !strings.Contains(missed.attributes["message"], "did not run") {
		t.Errorf("a test that did not run reads %+v", missed)
	}
	if reason := find("test run", "2 cases regressed against r7").children[0]; reason.name != "failure" {
		t.Errorf("a reason reads %+v", reason)
	}
	note := ""
	for _, s := range root.children {
		if s.attributes["name"] == "email-draft" {
			for _, p := range s.children[0].children {
				if p.attributes["name"] == "note" {
					note = p.attributes["value"]
				}
			}
		}
	}
	if note != "only failed cases are listed; 7 cases passed" {
		t.Errorf("the note is %q", note)
	}
}
