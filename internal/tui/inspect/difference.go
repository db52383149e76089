package inspect

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"askflow/internal/compare"
	"askflow/internal/rewrite"
	"askflow/internal/run"
	"askflow/internal/tui/theme"
)

// diffOf is what the text about one record's difference is made from.
type diffOf struct {
	th    *theme.Theme
	diff  *compare.Diff
	heads *heads // nil before the runs were read
	a, b  string // the runs' ids
}

func (o diffOf) build() *content {
	d := newDoc(o.th)
	d.Put(o.th.Faint, "- "+o.a+"   + "+o.b+"   ")
	d.Put(o.th.Warn, "differs in "+strings.Join(o.diff.Differs, ", "))
	d.Newline()
	for _, p := range o.diff.Pairs() {
		o.pair(d, &p)
	}
	o.states(d)
	o.path(d)
	o.effects(d)
	return &content{doc: d, laid: true, copied: d.Raw(), what: "the difference"}
}

// only writes lines that only one of the runs has, behind its sign.
func (o diffOf) only(d *doc, first bool, s string) {
	sign, style := "+ ", o.th.Added
	if first {
		sign, style = "- ", o.th.Bad
	}
	d.Hang(2)
	d.Put(style, sign)
	d.indented(o.th.Text, s, "  ")
	d.Newline()
}

func (o diffOf) states(d *doc) {
	tell := func(s *compare.Side) string {
		switch {
		case s == nil:
			return "the run did not consider the record"
		case s.Reason != "":
			return StateWord(s.State) + ": " + s.Reason
		}
		return StateWord(s.State)
	}
	a, b := tell(o.diff.A), tell(o.diff.B)
	if a == b {
		return
	}
	d.Head("State")
	o.only(d, true, a)
	o.only(d, false, b)
}

// path writes the steps that were executed, where the runs went different ways.
func (o diffOf) path(d *doc) {
	if o.diff.A == nil || o.diff.B == nil {
		return
	}
	a, b := strings.Join(o.diff.A.Path, "\n"), strings.Join(o.diff.B.Path, "\n")
	if a == b {
		return
	}
	d.Head("Path")
	lines := rewrite.Lines(a, b)
	for i, line := range lines {
		if line.Kind != rewrite.Equal {
			o.only(d, line.Kind == rewrite.Delete, o.heads.step(line.Text))
			continue
		}
		const around = 2 // of what is the same
		if !near(lines, i, around) {
			if i == 0 || near(lines, i-1, around) {
				d.Line(o.th.Faint, "  ⋯")
			}
			continue
		}
		d.Line(o.th.Faint, "  "+o.heads.step(line.Text))
	}
}

// near tells whether something differs at most so many lines away.
func near(lines []rewrite.DiffLine, at, around int) bool {
	for i := max(0, at-around); i <= min(len(lines)-1, at+around); i++ {
		if lines[i].Kind != rewrite.Equal {
			return true
		}
	}
	return false
}

// pair writes one ask in both runs.
func (o diffOf) pair(d *doc, p *compare.Pair) {
	title := "Ask " + p.Name
	if p.Name == "" {
		title = "Ask " + p.ActionID
	}
	if p.Visit > 1 {
		title += fmt.Sprintf(", visit %d", p.Visit)
	}
	if p.Same {
		d.Head(title + ": the same answer")
		d.Hang(2)
		d.Text("  ")
		d.indented(o.th.Faint, firstLine(*orNil(p.A.Response)), "  ")
		d.Newline()
		return
	}
	switch {
	case p.A == nil || p.B == nil:
		asked, first := p.B, false
		if p.B == nil {
			asked, first = p.A, true
		}
		d.Head(title + ": asked in " + map[bool]string{true: o.a, false: o.b}[first] + " only")
		o.only(d, first, answered(asked))
		return
	case p.A.Response == nil || p.B.Response == nil:
		d.Head(title)
		o.only(d, true, answered(p.A))
		o.only(d, false, answered(p.B))
	default:
		d.Head(title)
		o.words(d, *p.A.Response, *p.B.Response)
	}
	if p.A.Model != p.B.Model {
		d.Newline()
		d.Line(o.th.Faint, "The model")
		o.only(d, true, p.A.Model)
		o.only(d, false, p.B.Model)
	}
	if p.A.Prompt != p.B.Prompt {
		d.Newline()
		d.Line(o.th.Faint, "The prompt")
		o.words(d, p.A.Prompt, p.B.Prompt)
	}
}

// words writes two texts as one: [-what only the first has-] and {+what only the second has+}.
func (o diffOf) words(d *doc, a, b string) {
	mark := func(style, sign lipgloss.Style, open, s, shut string) {
		d.Put(sign, open)
		d.Lines(style, s, "  ")
		d.Put(sign, shut)
	}
	d.Hang(2)
	d.Text("  ")
	for _, w := range rewrite.Words(a, b) {
		switch w.Kind {
		case rewrite.Delete:
			mark(o.th.Removed, o.th.Bad, "[-", w.Text, "-]")
		case rewrite.Insert:
			mark(o.th.Added, o.th.Good, "{+", w.Text, "+}")
		default:
			d.Lines(o.th.Text, w.Text, "  ")
		}
	}
	d.Newline()
}

func orNil(s *string) *string {
	if s == nil {
		none := "(no answer)"
		return &none
	}
	return s
}

// answered is what an ask got, or why it got nothing.
func answered(k *compare.Asked) string {
	switch {
	case k.Response != nil && *k.Response == "":
		return "(an empty answer)"
	case k.Response != nil:
		return *k.Response
	case k.Error != nil:
		return "✗ " + k.Error.Code + ": " + k.Error.Message
	}
	return "(no answer)"
}

// firstLine is the beginning of a text.
func firstLine(s string) string {
	const most = 300
	s = s[:min(len(s), 4*most)]
	line, rest, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more && strings.TrimSpace(rest) != "" || len(line) > most {
		line = strings.ToValidUTF8(line[:min(len(line), most)], "") + " …"
	}
	return line
}

// effects writes what only one of the runs did.
func (o diffOf) effects(d *doc) {
	var a, b []run.Effect
	if o.diff.A != nil {
		a = o.diff.A.Effects
	}
	if o.diff.B != nil {
		b = o.diff.B.Effects
	}
	onlyA, onlyB := compare.EffectsApart(a, b)
	tell := teller{th: o.th}
	if o.heads != nil {
		tell.users, tell.owner, tell.zone = o.heads.users, o.heads.owner, o.heads.zone
	}
	for i := range onlyA {
		if i == 0 {
			d.Head("Effects of " + o.a + " only")
		}
		tell.effect(d, &onlyA[i], "- ", o.th.Bad)
	}
	for i := range onlyB {
		if i == 0 {
			d.Head("Effects of " + o.b + " only")
		}
		tell.effect(d, &onlyB[i], "+ ", o.th.Good)
	}
}
