package cli

import (
	"fmt"
	"strings"

	"askflow/internal/compare"
	"askflow/internal/report"
	"askflow/internal/run"
)

// text prints a difference for people: what differs, and how it was in each run.
func (p *diffPrinter) text(d judgedDiff) {
	style := p.app.style()
	name := report.Safe(d.Record.Name)
	if name != "" {
		name = " " + name
	}
	verdict := map[string]string{regressed: style.Bad("regressed") + "  ", fixed: style.Good("fixed") + "  ", fails: style.Bad("fails in both") + "  "}[d.Verdict]
	differs := "differs: " + style.Warn(strings.Join(p.differing(d.Diff), ", "))
	if len(d.Differs) == 0 {
		differs = style.Faint("state, path, responses and effects are the same")
	}
	_, _ = fmt.Fprintf(p.app.out, "\n%s  %s%s\n", style.Head(report.Safe(d.Record.ID)+name), verdict, differs)
	var fields []report.Field
	for _, f := range d.Failures {
		where := fmt.Sprintf("%s:%d", f.File, f.Line)
		fields = append(fields, report.Field{Label: "fails", Text: p.shown(fmt.Sprintf("%s: expected %s, got %s (%s)", f.Subject, oneLine(f.Expected), oneLine(f.Got), where))})
	}
	for _, what := range d.Differs {
		fields = append(fields, p.both(d.Diff, what)...)
	}
	report.Fields(p.app.out, style, fields)
}

// differing are the kinds of difference of a record; where it asked more than once, those of the response name the steps.
func (p *diffPrinter) differing(d *compare.Diff) []string {
	var out []string
	for _, what := range d.Differs {
		if what != compare.Response {
			out = append(out, what)
			continue
		}
		for _, apart := range d.Apart() {
			out = append(out, responseTitle(d, &apart))
		}
	}
	return out
}

// responseTitle names the response of an ask, by its step where the record asked more than once.
func responseTitle(d *compare.Diff, p *compare.Pair) string {
	title := compare.Response
	if several := func(s *compare.Side) bool { return s != nil && len(s.Responses) > 1 }; several(d.A) || several(d.B) {
		title += " " + report.Truncate(report.Safe(p.Step), 40)
	}
	if p.Visit > 1 {
		title += fmt.Sprintf(", visit %d", p.Visit)
	}
	return title
}

// both tells how it was in each run.
func (p *diffPrinter) both(d *compare.Diff, what string) (fields []report.Field) {
	add := func(run int, what, text string) {
		fields = append(fields, report.Field{Label: p.runs[run].ID + " " + what, Text: p.shown(text)})
	}
	switch what {
	case compare.Effects:
		onlyA, onlyB := compare.EffectsApart(d.A.Effects, d.B.Effects)
		for i, list := range [][]run.Effect{onlyA, onlyB} {
			for j := range list {
				add(i, what, report.EffectLine(&list[j], p.people))
			}
		}
	case compare.Response:
		for _, apart := range d.Apart() {
			title := responseTitle(d, &apart)
			add(0, title, answerText(apart.A))
			add(1, title, answerText(apart.B))
		}
	default:
		add(0, what, p.sideText(d.A, what))
		add(1, what, p.sideText(d.B, what))
	}
	return fields
}

// answerText is what an ask got.
func answerText(k *compare.Asked) string {
	switch {
	case k == nil:
		return "(not asked)"
	case k.Response == nil:
		return "(no response)"
	case *k.Response == "":
		return "(empty)"
	}
	return *k.Response
}

// shown cuts what is long, unless --verbose.
func (p *diffPrinter) shown(text string) string {
	if p.app.verbose {
		return text
	}
	const lines = 3
	return report.Truncate(oneLine(text), lines*(p.app.style().Width-20))
}

// sideText is what a side says about its way through the workflow.
func (p *diffPrinter) sideText(s *compare.Side, what string) string {
	switch {
	case s == nil:
		return "(not considered)"
	case what == compare.Path:
		var path []string
		for _, id := range s.Path {
			if name := p.steps[id]; name != "" {
				id = name
			}
			path = append(path, id)
		}
		return strings.Join(path, " → ")
	case s.Reason != "":
		return string(s.State) + ": " + s.Reason
	}
	return string(s.State)
}
