package report

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"

	"askflow/internal/run"
)

// piece is a part of a line that is not broken, and its colour.
type piece struct {
	text  string
	paint func(string) string
}

func plainPiece(format string, args ...any) piece { return piece{text: fmt.Sprintf(format, args...)} }

// totalsIndent is where the texts of the totals start.
const totalsIndent = 11

// Totals prints a run's sums.
func Totals(w io.Writer, style Style, r *run.Run) {
	t := &r.Totals
	if t.Considered == 0 {
		_, _ = fmt.Fprintln(w, "No record was considered.")
		return
	}
	_, _ = fmt.Fprintln(w)
	totalsLine(w, style, "Records", ", ", states(style, t))
	totalsLine(w, style, "Answers", "  ", answers(style, t))
	totalsLine(w, style, "Effects", ", ", effects(t))
	totalsLine(w, style, "Asks", ", ", asks(style, t, r.Answers))
	if t.Asks > 0 {
		tokens := fmt.Sprintf("%s in, %s out", Number(t.InputTokens), Number(t.OutputTokens))
		if t.CachedTokens > 0 {
			tokens += fmt.Sprintf(", %s cached", Number(t.CachedTokens))
		}
		if t.EstimatedUsage {
			tokens += " (partly estimated)"
		}
		totalsLine(w, style, "Tokens", "", []piece{{text: tokens}})
		cost := "$" + t.CostUSD
		if t.UnknownPrice > 0 {
			cost += fmt.Sprintf(" and %s of unknown price", Count(t.UnknownPrice, "asks"))
		}
		totalsLine(w, style, "Cost", "", []piece{{text: cost}})
	}
	if n := t.FailedSteps; n > 0 {
		totalsLine(w, style, "Failed", "", []piece{{plural(n, "step; the record went on", "steps; the records went on"), style.Bad}})
	}
	if n := t.SkippedSteps; n > 0 {
		totalsLine(w, style, "Skipped", "", []piece{{Count(n, "steps") + " not emulated" + orStubbed(r), style.Warn}})
	}
}

// orStubbed names the other reason to skip a step, where the run had it.
func orStubbed(r *run.Run) string {
	var settings struct {
		Request struct {
			Stubs []string `json:"stubs"`
		} `json:"request"`
	}
	if err := json.Unmarshal(r.Settings, &settings); err != nil || len(settings.Request.Stubs) == 0 {
		return ""
	}
	return ", or stubbed"
}

// totalsLine prints a label and pieces, on as many lines as the width asks for.
func totalsLine(w io.Writer, style Style, label, separator string, pieces []piece) {
	if len(pieces) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString(style.Faint(pad(label, totalsIndent-2)) + "  ")
	used := totalsIndent
	for i, p := range pieces {
		if i > 0 {
			b.WriteString(strings.TrimRight(separator, " "))
			if used+Width(separator)+Width(p.text) > style.Width {
				b.WriteString("\n" + strings.Repeat(" ", totalsIndent))
				used = totalsIndent
			} else {
				b.WriteString(strings.Repeat(" ", len(separator)-len(strings.TrimRight(separator, " "))))
				used += Width(separator)
			}
		}
		used += Width(p.text)
		if p.paint != nil {
			p.text = p.paint(p.text)
		}
		b.WriteString(p.text)
	}
	_, _ = fmt.Fprintln(w, b.String())
}

func states(style Style, t *run.Totals) []piece {
	var out []piece
	for _, s := range run.States {
		n := t.Enrollments[s]
		if n == 0 {
			continue
		}
		p := plainPiece("%s %s", Number(n), s)
		switch s {
		case run.Completed:
			p.paint = style.Good
		case run.NotEnrolled:
			p.paint = style.Faint
		}
		out = append(out, p)
	}
	return out
}

// shownAnswers is how many different answers are listed.
const shownAnswers = 8

// answers lists the most frequent answers where there are few different ones, with how often each came.
func answers(style Style, t *run.Totals) []piece {
	type answer struct {
		text string
		n    int64
	}
	var list []answer
	var many int64
	for a, n := range t.Answers {
		if a == "" {
			many = n
			continue
		}
		list = append(list, answer{a, n})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].n != list[j].n {
			return list[i].n > list[j].n
		}
		return list[i].text < list[j].text
	})
	if len(list) == 0 || list[0].n == 1 { // all different: counting them says nothing
		return nil
	}
	var out []piece
	for i, a := range list {
		if i >= shownAnswers {
			many += a.n
			continue
		}
		out = append(out, plainPiece("%s×%s", Truncate(Safe(oneLine(a.text)), shortValue), Number(a.n)))
	}
	if many > 0 {
		out = append(out, piece{"others×" + Number(many), style.Faint})
	}
	return out
}

func effects(t *run.Totals) []piece {
	var out []piece
	for _, k := range []run.EffectType{run.EffectProperty, run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectRecord, run.EffectAssociation} {
		n := t.Effects[string(k)]
		switch {
		case n == 0:
		case k == run.EffectProperty:
			out = append(out, piece{text: plural(n, "property set", "properties set")})
		default:
			out = append(out, piece{text: Count(n, effectNoun(k))})
		}
	}
	return out
}

func asks(style Style, t *run.Totals, answers string) []piece {
	if t.Asks == 0 {
		return nil
	}
	out := []piece{plainPiece("%s answered of %s", Number(t.Asks-t.FailedAsks), Number(t.Asks))}
	if t.Retries > 0 {
		out = append(out, piece{plural(t.Retries, "retry", "retries"), style.Warn})
	}
	if t.NoAnswer > 0 {
		what := "scripted answer"
		if answers == "replay" {
			what = "recording"
		}
		out = append(out, piece{Number(t.NoAnswer) + " without a " + what, style.Bad})
	}
	return out
}
