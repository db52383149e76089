package inspect

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"askflow/internal/report"
	"askflow/internal/run"
	"askflow/internal/token"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/widget"
)

// Tabs of a step.
const (
	tabStep     = "Step"
	tabPrompt   = "Prompt"
	tabResponse = "Response"
	tabAttempts = "Attempts"
	tabOutputs  = "Outputs"
	tabEffects  = "Effects"
)

// Modes of the response, in the order in which they follow each other.
const (
	modeRaw      = "raw"
	modeMarkdown = "Markdown"
	modeJSON     = "JSON"
)

func responseModes() []string { return []string{modeRaw, modeMarkdown, modeJSON} }

// tabsOf are the tabs that make sense for a step.
func (r *row) tabsOf(s *run.Step) []string {
	tabs := []string{tabStep}
	if s.Ask != nil {
		tabs = []string{tabPrompt, tabResponse, tabAttempts}
	}
	if len(s.Outputs) > 0 {
		tabs = append(tabs, tabOutputs)
	}
	if len(r.didBy(s.ActionID).effects) > 0 {
		tabs = append(tabs, tabEffects)
	}
	return tabs
}

// tabFor is the tab that is shown first: the answer, what went wrong with it, why a branch was taken.
func (r *row) tabFor(s *run.Step) string {
	switch {
	case s.Ask == nil && s.State == run.Success && s.Branch == nil && len(r.didBy(s.ActionID).effects) > 0:
		return tabEffects
	case s.Ask == nil:
		return tabStep
	case s.Ask.Response == nil:
		return tabAttempts
	}
	return tabResponse
}

// content is a tab, ready to be shown.
type content struct {
	doc  *doc         // nil for plain or tree
	raw  string       // data without styles
	tree *widget.Tree // JSON
	// mode is what was chosen where the mode was left open; note stands above the text.
	mode, note string
	// laid tells that doc is laid out for the width, with hanging indents.
	laid bool
	// copied is what the key for copying takes, what names it.
	copied, what string
}

// tabOf is what a tab is made from.
type tabOf struct {
	th        *theme.Theme
	row       *row
	at        int
	tab, mode string // mode "" chooses one
}

// build makes a tab. It may take as long as the texts are.
func (t tabOf) build() *content {
	s := t.row.steps[t.at].step
	d := newDoc(t.th)
	out := &content{doc: d, laid: true, what: "what is shown"}
	switch {
	case t.tab == tabPrompt && s.Ask != nil:
		return t.prompt(s)
	case t.tab == tabResponse && s.Ask != nil:
		return t.response(s)
	case t.tab == tabAttempts && s.Ask != nil:
		t.attempts(d, s)
	case t.tab == tabOutputs:
		t.outputs(d, s)
	case t.tab == tabEffects:
		t.effects(d, s)
	default:
		t.step(d, s)
	}
	out.copied = d.Raw()
	return out
}

func (t tabOf) prompt(s *run.Step) *content {
	out := &content{doc: newDoc(t.th), mode: t.mode, what: "the prompt"}
	template := t.row.template(s)
	if s.Ask.Prompt == "" {
		out.doc.Line(t.th.Warn, "No prompt was sent: the step ended before it was rendered.")
		if template == "" {
			out.mode = modeRendered
			return out
		}
		out.doc.Newline()
		out.mode = modeTemplate
		out.copied = readPrompt(template, "", func(*token.Ref) (string, bool) { return "", false }).draw(out.doc, modeTemplate)
		return out
	}
	if template == "" {
		out.mode, out.raw, out.doc, out.copied = modeRendered, s.Ask.Prompt, nil, s.Ask.Prompt
		out.note = "the run keeps no template of it"
		return out
	}
	if out.mode == "" {
		out.mode = modeRendered
	}
	p := readPrompt(template, s.Ask.Prompt, outputsBefore(t.row.result.Steps, t.at))
	if !p.aligned {
		if trimmed := readPrompt(strings.TrimSpace(template), s.Ask.Prompt, outputsBefore(t.row.result.Steps, t.at)); trimmed.aligned {
			p = trimmed
		}
	}
	out.note = p.summary()
	out.copied = p.draw(out.doc, out.mode)
	out.laid = out.mode == modeBoth && p.aligned
	if out.mode == modeTemplate {
		out.what = "the prompt's template"
	}
	return out
}

func (t tabOf) response(s *run.Step) *content {
	out := &content{mode: t.mode, what: "the response"}
	if s.Ask.Response == nil {
		out.doc, out.mode, out.laid = newDoc(t.th), modeRaw, true
		out.doc.Line(t.th.Warn, "There is no usable answer.")
		t.failure(out.doc, s)
		out.copied, out.what = out.doc.Raw(), "the error"
		return out
	}
	answer := *s.Ask.Response
	out.copied, out.raw = answer, answer
	const most = 1 << 20 // beyond that only what was chosen
	if out.mode == "" {
		out.mode = modeRaw
		switch start := strings.TrimSpace(answer[:min(len(answer), 256)]); {
		case (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "[")) && len(answer) <= most && json.Valid([]byte(answer)):
			out.mode = modeJSON
		case len(answer) <= most && looksLikeMarkdown(answer):
			out.mode = modeMarkdown
		}
	}
	switch {
	case answer == "":
		out.raw, out.doc = "", newDoc(t.th)
		out.doc.Line(t.th.Faint, "The answer is empty.")
	case out.mode == modeJSON:
		out.tree = widget.PrepareJSON(answer)
	case out.mode == modeMarkdown:
		out.doc = newDoc(t.th)
		markdown(out.doc, answer)
		out.laid = true
	}
	if lines := widget.Prepare(answer).Lines(); len(answer) > 4096 {
		out.note = fmt.Sprintf("%s characters in %s", report.Number(int64(utf8.RuneCountInString(answer))), report.Count(int64(lines), "lines"))
	}
	if s.Pinned {
		out.note = strings.TrimPrefix(out.note+" · pinned: nobody was asked", " · ")
	}
	return out
}

// failure says what went wrong with a step.
func (t tabOf) failure(d *doc, s *run.Step) {
	if s.Error == nil {
		return
	}
	d.Newline()
	d.error(s.Error.Code, s.Error.Message, s.Error.Hint)
}

// attempts says what was sent, what it cost and how every request went.
func (t tabOf) attempts(d *doc, s *run.Step) {
	a := s.Ask
	if s.Error != nil {
		d.error(s.Error.Code, s.Error.Message, s.Error.Hint)
	}
	d.Head(attemptsTitle(a, s.Pinned))
	for i := range a.History {
		t.attempt(d, i, &a.History[i], s.Error)
	}
	d.Head("Sent")
	d.field("assistant", a.Assistant, t.th.Value)
	d.field("model", a.Model, t.th.Value)
	temperature := "none"
	if a.Temperature != nil {
		temperature = fmt.Sprintf("%g", *a.Temperature)
	}
	d.field("temperature", temperature, t.th.Value)
	effort := a.ReasoningEffort
	if effort == "" {
		effort = "the model's own"
	}
	d.field("effort", effort, t.th.Value)
	d.field("protocol", a.Protocol, t.th.Value)
	t.usage(d, a)
	t.notes(d, s)
}

func attemptsTitle(a *run.Ask, pinned bool) string {
	switch {
	case a.Attempts == 0 && pinned:
		return "Nothing was sent: the answer is pinned"
	case a.Attempts == 0:
		return "Nothing was sent"
	case a.Attempts == 1 && len(a.History) == 0:
		return "1 attempt, which was answered"
	}
	return report.Count(int64(a.Attempts), "attempts")
}

func (t tabOf) usage(d *doc, a *run.Ask) {
	d.Head("Came to")
	if u := a.Usage; u != nil {
		n := func(v int) string { return report.Number(int64(v)) }
		d.field("input", n(u.InputTokens)+" tokens, "+n(u.CachedTokens)+" of them cached", t.th.Text)
		out := n(u.OutputTokens) + " tokens, " + n(u.ReasoningTokens) + " of them reasoning"
		if u.Estimated {
			out += " (estimated)"
		}
		d.field("output", out, t.th.Text)
	} else {
		d.field("tokens", "not told", t.th.Faint)
	}
	cost := "the price is not known"
	if a.CostUSD != "" {
		cost = "$" + a.CostUSD
	}
	d.field("cost", cost, t.th.Text)
	if a.LatencyMs > 0 {
		took := Millis(a.LatencyMs)
		if a.Attempts > 1 {
			took += ", waits between attempts included"
		}
		d.field("took", took, t.th.Text)
	}
}

func (t tabOf) attempt(d *doc, i int, a *run.Attempt, told *run.Error) {
	sign, style := "✓", t.th.Good
	if a.Code != "" {
		sign, style = "✗", t.th.Bad
	}
	what := a.Code
	if what == "" {
		what = "answered"
	}
	if a.Status > 0 {
		what = fmt.Sprintf("%d %s", a.Status, what)
	}
	d.Put(t.th.Faint, fmt.Sprintf("  %d ", i+1))
	d.Put(style, sign+" "+what)
	if a.LatencyMs > 0 {
		d.Put(t.th.Faint, "  after "+Millis(a.LatencyMs))
	}
	d.Newline()
	if a.Message != "" && (told == nil || told.Message != a.Message) {
		d.Text("      ")
		d.indented(t.th.Text, a.Message, "      ")
		d.Newline()
	}
	if a.RequestID != "" {
		d.Put(t.th.Faint, "      request ")
		d.Line(t.th.Text, a.RequestID)
	}
	if a.MayHaveCost {
		d.Line(t.th.Warn, "      ! it may have cost something: it arrived, or may have, and nobody said what it used")
	}
	if a.WaitMs > 0 {
		d.Line(t.th.Faint, "      then waited "+Millis(a.WaitMs))
	}
}
