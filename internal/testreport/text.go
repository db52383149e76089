package testreport

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// TextOptions says how much the text shows.
type TextOptions struct {
	// Verbose shows everything that was kept: every failed case, every disagreement, whole texts.
	Verbose bool
	// Compact is for reports that follow each other on one screen: a line for each test that passed, the beginning of a few failures,
	// a line of coverage for each workflow. Verbose wins over it.
	Compact bool
	// Again is what suggested commands end with, so that they find the same portal: " --demo", with the space before it.
	Again string
}

// What is shown without Verbose.
const (
	shownFailures      = 10 // cases of a test
	shownDisagreements = 10
	shownChanges       = 10
	shownNeverReached  = 15
	shownNotRun        = 20 // names of tests
	shownLines         = 6  // of a text
)

// Text writes the report for a terminal, within the width of style: each test with its cells, the records on which cells
// disagree, and what failed; then what changed since the baseline, what was never reached, and the verdict in one sentence.
// Errors are those of w.
func Text(w io.Writer, style report.Style, r *prompttest.Report, opt TextOptions) error {
	out := bufio.NewWriter(w)
	if r == nil {
		r = &prompttest.Report{}
	}
	p := &printer{Writer: out, style: style, opt: opt, tests: len(testsOf(r)), told: map[toldCase][]prompttest.Failure{}}
	if opt.Compact && !opt.Verbose {
		p.compact(r)
	} else {
		p.whole(r)
	}
	paint := style.Bad
	if r.Passed {
		paint = style.Good
	}
	p.line("%s", paintLines(style.Sentence(Verdict(r), 0), paint))
	return out.Flush()
}

// whole prints everything but the verdict.
func (p *printer) whole(r *prompttest.Report) {
	for _, t := range testsOf(r) {
		p.test(t)
	}
	p.notRun(r)
	p.baseline(r.Baseline)
	p.coverages(testsOf(r))
	p.warnings(r)
	for _, reason := range r.Reasons {
		p.sentence(p.style.Bad("✗")+" ", 2, oneLine(reason))
	}
	if len(r.Reasons) > 0 {
		p.line("")
	}
}

// notRun names the tests that never began.
func (p *printer) notRun(r *prompttest.Report) {
	if len(r.NotRun) == 0 {
		return
	}
	names := make([]string, len(r.NotRun))
	for i, name := range r.NotRun {
		names[i] = oneLine(name)
	}
	p.sentence("  "+p.style.Warn("not run")+"  ", 11, listed(names, p.limit(shownNotRun, len(names))))
	p.line("")
}

// printer writes text. Its writer remembers the first error.
type printer struct {
	*bufio.Writer
	style report.Style
	opt   TextOptions
	// tests is how many tests the report has.
	tests int
	// told are the failed cases that were printed, with every expectation that was not met.
	told map[toldCase][]prompttest.Failure
	// texts are the long texts that were printed for the case at hand.
	texts texts
}

func (p *printer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(p, format+"\n", args...) // Flush tells of it
}

// sentence prints a text behind a mark of a known width, broken between words; later lines begin below the first. The text
// is plain: colours would count as characters.
func (p *printer) sentence(mark string, indent int, text string) { p.painted(mark, indent, text, nil) }

// painted is sentence with a colour for each line.
func (p *printer) painted(mark string, indent int, text string, paint func(string) string) {
	for i, line := range report.Wrap(text, p.style.Width-indent) {
		if i > 0 {
			mark = strings.Repeat(" ", indent)
		}
		if paint != nil {
			line = paint(line)
		}
		p.line("%s%s", mark, line)
	}
}

// parts prints pieces separated by dots, on as many lines as they need.
func (p *printer) parts(indent int, parts []string) {
	margin, line := strings.Repeat(" ", indent), ""
	for _, part := range parts {
		switch {
		case line == "":
			line = part
		case indent+report.Width(line)+3+report.Width(part)+2 > p.style.Width: // with room for the dot behind it
			p.line("%s%s", margin, line+" ·")
			line = part
		default:
			line += " · " + part
		}
	}
	if line != "" {
		p.sentence(margin, indent, line)
	}
}

// field prints a label and, from a column on, a text of several lines, at most a number of them. Lines of a diff are
// coloured by what they begin with.
func (p *printer) field(indent int, label, text string, most int, diff bool) {
	if text == "" {
		return
	}
	const column = 10
	margin := strings.Repeat(" ", indent)
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(report.SafeLines(strings.ReplaceAll(text, "\r\n", "\n")), "\n"), "\n") {
		lines = append(lines, report.Wrap(strings.TrimRight(line, " "), p.style.Width-indent-column)...)
	}
	if p.opt.Verbose {
		most = len(lines)
	}
	for i, line := range lines {
		if i == most && len(lines) > most+1 {
			p.line("%s%s%s", margin, fill("", column), p.style.Faint("… "+report.Count(int64(len(lines)-i), "more lines")))
			return
		}
		if diff {
			line = p.diffLine(line)
		}
		p.line("%s", strings.TrimRight(margin+p.style.Faint(fill(label, column))+line, " "))
		label = ""
	}
}

func (p *printer) diffLine(line string) string {
	switch {
	case strings.HasPrefix(line, "+"):
		return p.style.Good(line)
	case strings.HasPrefix(line, "-"):
		return p.style.Bad(line)
	}
	return line
}

// test prints a test up to what failed in it.
func (p *printer) test(t *prompttest.TestReport) {
	mark, state := p.style.Good("✓"), ""
	if !t.Passed {
		mark, state = p.style.Bad("✗"), "  "+p.style.Bad("failed")
	}
	p.line("%s %s%s", mark, p.style.Head(report.Truncate(oneLine(t.Name), p.style.Width-10)), state)
	if description := oneLine(t.Description); description != "" {
		p.sentence("  ", 2, description)
	}
	p.parts(2, about(t))
	p.cells(t)
	if t.Error != nil {
		p.sentence("  "+p.style.Bad("stopped")+"  ", 11, errorText(t.Error))
	}
	p.line("")
	p.disagreements(t)
	p.wavering(t)
	p.failures(t)
}

// warnings prints what is worth saying about portal and tests.
func (p *printer) warnings(r *prompttest.Report) {
	for _, warning := range r.Warnings {
		p.sentence(p.style.Warn("!")+" ", 2, oneLine(warning.Error()))
	}
	if len(r.Warnings) > 0 {
		p.line("")
	}
}

// more says how many more there are than were printed, and how many of them Verbose shows.
func (p *printer) more(indent int, n int64, what string, kept int64) {
	if n <= 0 {
		return
	}
	text := fmt.Sprintf("… and %s more", report.Number(n))
	if what != "" {
		text = "… and " + report.Count(n, "more "+what)
	}
	switch {
	case p.opt.Verbose || kept <= 0:
	case kept >= n && n == 1:
		text += ": --verbose shows it"
	case kept >= n:
		text += ": --verbose shows all of them"
	default:
		text += ": --verbose shows " + report.Number(kept) + " of them"
	}
	p.painted(strings.Repeat(" ", indent), indent, text, p.style.Faint)
}

// plainWord tells whether a word can stand in a command line as it is.
func plainWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return s != "" && s[0] != '-'
}

// limit is how many of something are shown.
func (p *printer) limit(most, all int) int {
	if p.opt.Verbose {
		return all
	}
	return min(most, all)
}

// fill pads a text to a width.
func fill(s string, width int) string { return s + strings.Repeat(" ", max(0, width-report.Width(s))) }

// milliseconds writes a latency for people.
func milliseconds(ms int64) string { return report.Duration(time.Duration(ms) * time.Millisecond) }

// paintLines colours each line by itself, so that no colour runs over an end of line.
func paintLines(text string, paint func(string) string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = paint(line)
	}
	return strings.Join(lines, "\n")
}
