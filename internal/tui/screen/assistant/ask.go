package assistant

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/report"
	"askflow/internal/rewrite"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/text"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

// Tabs of the results.
const (
	tabRendered = iota
	tabAnswer
	tabDetails
	tabCompare
)

// results are the answers of this session.
type results struct {
	tab    int
	all    []*answer
	at     int
	asking bool
	// onRendered tells that keys scroll the rendered prompt, where it stands beside the answer.
	onRendered bool
	tabs       widget.Tabs
	details    *widget.Text
	detailsOf  detailsKey
}

type detailsKey struct {
	of    *answer
	width int
	theme string
}

// answer is a question that was asked, with what came of it.
type answer struct {
	*service.Tried
	n       int
	record  string
	answers string
	body    *widget.Text
	compare *widget.Text
	marks   []mark
	// long tells that it and the one before are too long to be compared.
	long bool
}

// mark is a part of a comparison: what only the answer before had, or only this one.
type mark struct {
	from, to int
	removed  bool
}

// mostCompared is how many bytes two answers have at most to be compared.
const mostCompared = 1 << 20

// mostKept is how many answers a session keeps.
const mostKept = 20

func (r *results) init() { r.details = widget.NewText() }

// shown is the answer that is looked at, nil before the first.
func (r *results) shown() *answer {
	if r.at < 0 || r.at >= len(r.all) {
		return nil
	}
	return r.all[r.at]
}

func (r *results) add(a *answer, th *theme.Theme) {
	if n := len(r.all); n > 0 {
		a.n = r.all[n-1].n
	}
	a.n++
	if r.all = append(r.all, a); len(r.all) > mostKept {
		r.all = append([]*answer(nil), r.all[len(r.all)-mostKept:]...)
	}
	r.at, r.tab, r.onRendered = len(r.all)-1, tabAnswer, false
	a.colour(th)
}

func (r *results) recolour(th *theme.Theme) {
	for _, a := range r.all {
		a.colour(th)
	}
}

func (a *answer) colour(th *theme.Theme) {
	spans := make([]widget.Span, 0, min(len(a.marks), mostSpans))
	for _, m := range a.marks[:min(len(a.marks), mostSpans)] {
		style := th.Added
		if m.removed {
			style = th.Removed
		}
		spans = append(spans, widget.Span{Start: m.from, End: m.to, Style: style})
	}
	a.compare.SetSpans(spans)
}

// response is the answer's text, "" without one.
func response(t *service.Tried) string {
	if t == nil || t.Step.Ask == nil || t.Step.Ask.Response == nil {
		return ""
	}
	return *t.Step.Ask.Response
}

// triedMsg is a question that was asked, or why it could not be.
type triedMsg struct {
	answer *answer
	err    error
}

// ask asks the prompt.
func (p *pad) ask() tea.Cmd {
	q, svc := p.request(), p.s.env.Services.Assistants
	before, had := "", false
	if n := len(p.results.all); n > 0 {
		before, had = response(p.results.all[n-1].Tried), true
	}
	p.results.asking, p.asked = true, q.Prompt
	record, answers := p.recordName, p.s.answers()
	var out *answer
	who := "OpenAI"
	if r := p.resolver.now; r != nil {
		who = p.s.nameOf(r.sent.Assistant)
	}
	return ui.Start(ui.Task{Name: "asking " + text.Clip(who, 40), Quiet: true,
		Run: func(ctx context.Context) (string, error) {
			tried, err := svc.Try(ctx, q)
			if err != nil {
				return "", err
			}
			out = newAnswer(tried, before, had)
			out.record, out.answers = record, answers
			return out.line(), nil
		},
		Done: func(err error) tea.Msg { return triedMsg{out, err} }})
}

// newAnswer makes ready what is shown of an answer. The comparison with the one before marks what is gone as [-…-] and what
// is new as {+…+}.
func newAnswer(t *service.Tried, before string, had bool) *answer {
	a := &answer{Tried: t, body: widget.NewText(), compare: widget.NewText()}
	if e := t.Step.Error; response(t) == "" && e != nil {
		a.body.SetText(strings.TrimSpace(e.Message + "\n\n" + e.Hint))
	} else {
		a.body.SetText(response(t))
	}
	if a.long = len(before)+len(response(t)) > mostCompared; !had || a.long {
		return a
	}
	var b strings.Builder
	for _, w := range rewrite.Words(before, response(t)) {
		from := b.Len()
		switch w.Kind {
		case rewrite.Delete:
			b.WriteString("[-" + w.Text + "-]")
		case rewrite.Insert:
			b.WriteString("{+" + w.Text + "+}")
		default:
			b.WriteString(w.Text)
			continue
		}
		a.marks = append(a.marks, mark{from, b.Len(), w.Kind == rewrite.Delete})
	}
	a.compare.SetText(b.String())
	return a
}

// line says how the question went.
func (a *answer) line() string {
	if e := a.Step.Error; e != nil {
		return "Not answered: " + text.Clip(e.Code, 60) + "."
	}
	if a.Step.Ask == nil {
		return "Nothing was asked."
	}
	return "Answered in " + report.Duration(time.Duration(a.Step.Ask.LatencyMs)*time.Millisecond) + "."
}

// tried shows what came of a question. What keeps a question from being put says how to get on.
func (p *pad) tried(msg triedMsg) tea.Cmd {
	p.results.asking = false
	if msg.err == nil {
		p.results.add(msg.answer, p.s.env.Theme)
		p.typing = false
		return nil
	}
	switch service.CodeOf(msg.err) {
	case service.CodeNotConnected:
		return ui.Open(dialog.Confirm(p.s.env, dialog.ConfirmOptions{Title: "No OpenAI account", Text: errorText(msg.err),
			Details: []string{"Scripted answers need none; the answers are one of the settings for the next run."}, Yes: "connect now", Do: p.s.connect}))
	case service.CodePassphrase:
		return p.askPassphrase(msg.err)
	}
	if p.s.env.Context != nil && p.s.env.Context.Err() != nil || isCancelled(msg.err) {
		return nil // the frame says so
	}
	return ui.Fail(msg.err)
}

func (p *pad) askPassphrase(err error) tea.Cmd {
	env := p.s.env
	return ui.Open(dialog.Secret(env, dialog.SecretOptions{Title: "Passphrase of the key file", Text: errorText(err), Exact: true, Do: func(s secret.Secret) tea.Cmd {
		account := env.Services.Account
		return ui.Start(ui.Task{Name: "opening the key file",
			Run: func(ctx context.Context) (string, error) {
				defer s.Zero()
				return "", account.Unlock(ctx, s)
			},
			Done: func(err error) tea.Msg {
				if err != nil {
					return nil
				}
				return doMsg{p.ask}
			}})
	}}))
}

// turn shows the answer before or after the one that is shown.
func (p *pad) turn(by int) tea.Cmd {
	p.results.at = max(0, min(p.results.at+by, len(p.results.all)-1))
	if p.results.tab == tabRendered {
		p.results.tab = tabAnswer
	}
	return nil
}

// copying is what y copies: the rendered prompt or the answer, whichever is looked at.
func (p *pad) copying() (what, name, why string) {
	if p.results.tab == tabRendered && (!p.areas.wide || p.results.onRendered) || p.results.shown() == nil {
		if p.render.now == nil {
			return "", "", "There is nothing to copy yet: ask first, or write a prompt."
		}
		return p.render.now.Text, "the rendered prompt", ""
	}
	if what = response(p.results.shown().Tried); what == "" {
		return "", "", "There was no answer, so there is nothing to copy."
	}
	return what, "the answer", ""
}
