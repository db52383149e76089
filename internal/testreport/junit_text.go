package testreport

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/prompttest"
)

// Texts of failures in files are cut at these many characters, so that a file of a thousand failures is still opened.
const (
	maxFailureText    = 4000
	maxFailureMessage = 300
)

// failureMessage says on one line what was not met.
func failureMessage(c *prompttest.CaseResult) string {
	if len(c.Failures) == 0 {
		return "the case failed"
	}
	f := &c.Failures[0]
	message := fmt.Sprintf("%s: expected %s, got %s", expectationTitle(f), cut(orEmpty(oneLine(f.Expected)), 120), cut(orEmpty(oneLine(f.Got)), 120))
	if n := len(c.Failures); n > 1 {
		message += fmt.Sprintf(" (and %d more)", n-1)
	}
	return cut(message, maxFailureMessage)
}

// failureType is what kind of expectation was not met.
func failureType(c *prompttest.CaseResult) string {
	if len(c.Failures) == 0 {
		return "expectation"
	}
	f := &c.Failures[0]
	if f.Code != "" {
		return f.Code
	}
	return oneLine(f.Subject + " " + f.Check)
}

// failureText tells everything about a failed case, in lines.
func failureText(c *prompttest.CaseResult) string {
	var b strings.Builder
	section := func(label, text string) {
		if text == "" {
			return
		}
		text = cut(strings.TrimRight(text, "\n"), maxFailureText)
		if strings.Contains(text, "\n") {
			fmt.Fprintf(&b, "  %s:\n    %s\n", label, strings.ReplaceAll(text, "\n", "\n    "))
			return
		}
		fmt.Fprintf(&b, "  %s: %s\n", label, text)
	}
	if state := stateText(c); state != "" {
		fmt.Fprintf(&b, "record: %s\n", state)
	}
	for i := range c.Failures {
		f := &c.Failures[i]
		fmt.Fprintf(&b, "%s: %s\n", where(f.File, f.Line, f.Column), expectationTitle(f))
		section("expected", orEmpty(f.Expected))
		section("got", orEmpty(f.Got))
		section("differs", f.Differs)
		section("diff", f.Diff)
	}
	for i := range c.Asks {
		a := &c.Asks[i]
		fmt.Fprintf(&b, "%s asked %s\n", oneLine(a.Step), oneLine(a.Model))
		section("prompt", orEmpty(a.Prompt))
		switch {
		case a.Response != nil:
			section("answer", orEmpty(*a.Response))
		case a.Error != nil:
			section("error", oneLine(a.Error.Code)+": "+errorText(a.Error))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func sortedSteps(prompts map[string]string) []string {
	var out []string
	for step := range prompts {
		out = append(out, step)
	}
	slices.Sort(out)
	return out
}
