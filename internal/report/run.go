package report

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/run"
)

// Header is the line a run starts with.
func Header(w io.Writer, style Style, r *run.Run, total int64, objectPlural string) {
	parts := []string{style.Head(Safe(r.Workflow.Name)), Count(total, objectPlural), r.Answers + " answers"}
	if r.Era != "" {
		parts = append(parts, "era "+r.Era)
	}
	parts = append(parts, "clock starts "+r.Now.Format("2006-01-02 15:04 MST"))
	_, _ = fmt.Fprintln(w, strings.Join(parts, style.Faint(" · ")))
}

// Count writes a number with its noun in the plural ("1 contacts" never: 1 drops the s of regular nouns).
func Count(n int64, plural string) string {
	if n == 1 {
		switch {
		case strings.HasSuffix(plural, "ies"):
			plural = strings.TrimSuffix(plural, "ies") + "y"
		case strings.HasSuffix(plural, "s"):
			plural = strings.TrimSuffix(plural, "s")
		}
	}
	return Number(n) + " " + strings.ReplaceAll(plural, "_", " ")
}

// Number writes 1234567 as 1,234,567.
func Number(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// RunRows is the table of the records a run enrolled, at most Max of them, and the reasons why others did not enroll.
type RunRows struct {
	Max      int
	rows     [][]string
	bad      []bool
	state    []run.State
	enrolled int64
	reasons  map[string]int64
}

// Reasons are counted up to this many different ones, and the most frequent shown.
const (
	maxReasons   = 1000
	shownReasons = 5
)

// Add takes a row; those beyond the maximum are only counted.
func (t *RunRows) Add(row *run.Row) error {
	if row.State == run.NotEnrolled {
		if t.reasons == nil {
			t.reasons = map[string]int64{}
		}
		if _, known := t.reasons[row.Reason]; known || len(t.reasons) < maxReasons {
			t.reasons[row.Reason]++
		}
		return nil
	}
	t.enrolled++
	if len(t.rows) >= t.Max {
		return nil
	}
	result, err := row.Result()
	if err != nil {
		return err
	}
	t.rows = append(t.rows, []string{Safe(row.Record.ID), Truncate(Safe(row.Record.Name), 24), string(row.State), Safe(answerOf(result)), Safe(Doings(result))})
	t.bad = append(t.bad, row.FailedSteps > 0)
	t.state = append(t.state, row.State)
	return nil
}

// answerOf is what the record's last ask said, or why there is nothing.
func answerOf(r *run.Result) string {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		s := &r.Steps[i]
		if s.Ask == nil {
			continue
		}
		if s.Error != nil {
			return "✗ " + s.Error.Code
		}
		if s.Ask.Response != nil {
			return oneLine(*s.Ask.Response)
		}
	}
	if r.Enrollment.Reason != "" {
		return r.Enrollment.Reason
	}
	return ""
}

// oneLine joins the lines of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Doings says what an enrollment did, in few words.
func Doings(r *run.Result) string {
	var parts []string
	count := map[run.EffectType]int{}
	for i := range r.Effects {
		e := &r.Effects[i]
		if e.Type == run.EffectProperty && e.To != nil {
			to := oneLine(*e.To)
			if to == "" {
				to = "(empty)"
			}
			parts = append(parts, e.Property+" = "+Truncate(to, 24))
			continue
		}
		count[e.Type]++
	}
	for _, t := range []run.EffectType{run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectRecord, run.EffectAssociation} {
		if n := count[t]; n > 0 {
			parts = append(parts, Count(int64(n), effectNoun(t)))
		}
	}
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Error != nil && s.Ask == nil {
			parts = append(parts, "✗ "+s.Error.Code)
		}
	}
	return strings.Join(parts, ", ")
}

func effectNoun(t run.EffectType) string {
	switch t {
	case run.EffectProperty:
		return "properties set"
	case run.EffectRecord:
		return "records"
	default:
		return strings.ToLower(string(t)) + "s"
	}
}

// Write prints the table, how many more there are, and why records did not enroll.
func (t *RunRows) Write(w io.Writer, style Style, more string) error {
	if t.enrolled > 0 {
		table := Table{Head: []string{"RECORD", "NAME", "STATE", "ANSWER", "EFFECTS"}, Rows: t.rows, Grow: 3, Paint: func(row, col int, text string) string {
			switch {
			case col == 2 && t.state[row] == run.Completed:
				return style.Good(text)
			case col == 2:
				return style.Warn(text)
			case col == 3 && t.bad[row]:
				return style.Bad(text)
			}
			return text
		}}
		_, _ = fmt.Fprintln(w)
		if err := table.Write(w, style); err != nil {
			return err
		}
	}
	if rest := t.enrolled - int64(len(t.rows)); rest > 0 {
		_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("… and %s more: %s", Number(rest), more)))
	}
	t.writeReasons(w, style)
	return nil
}

func (t *RunRows) writeReasons(w io.Writer, style Style) {
	if len(t.reasons) == 0 {
		return
	}
	list := make([]string, 0, len(t.reasons))
	var total int64
	for reason, n := range t.reasons {
		list = append(list, reason)
		total += n
	}
	sort.Slice(list, func(i, j int) bool {
		if a, b := t.reasons[list[i]], t.reasons[list[j]]; a != b {
			return a > b
		}
		return list[i] < list[j]
	})
	_, _ = fmt.Fprintf(w, "\n%s\n", style.Faint(Count(total, "records")+" did not enroll:"))
	rest := total
	for i, reason := range list {
		if i == shownReasons {
			_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("%7s  for other reasons", Number(rest))))
			break
		}
		n := t.reasons[reason]
		rest -= n
		_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("%7s  %s", Number(n), Truncate(Safe(reason), style.Width-10))))
	}
}

// Totals prints a run's sums.
func Totals(w io.Writer, style Style, r *run.Run) {
	t := &r.Totals
	line := func(label, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "%s  %s\n", style.Faint(pad(label, 9)), text)
		}
	}
	_, _ = fmt.Fprintln(w)
	line("Records", states(style, t))
	line("Answers", answers(style, t))
	line("Effects", effects(t))
	line("Asks", asks(style, t))
	if t.Asks > 0 {
		tokens := fmt.Sprintf("%s in, %s out", Number(t.InputTokens), Number(t.OutputTokens))
		if t.CachedTokens > 0 {
			tokens += fmt.Sprintf(", %s cached", Number(t.CachedTokens))
		}
		if t.EstimatedUsage {
			tokens += " (partly estimated)"
		}
		line("Tokens", tokens)
		cost := "$" + t.CostUSD
		if t.UnknownPrice > 0 {
			cost += fmt.Sprintf(" and %s of unknown price", Count(t.UnknownPrice, "asks"))
		}
		line("Cost", cost)
	}
	if n := t.FailedSteps; n > 0 {
		line("Failed", style.Bad(Count(n, "steps")+"; the records went on"))
	}
	if n := t.SkippedSteps; n > 0 {
		line("Skipped", style.Warn(Count(n, "steps")+" that are not emulated or were stubbed"))
	}
}

func states(style Style, t *run.Totals) string {
	var parts []string
	for _, s := range run.States {
		n := t.Enrollments[s]
		if n == 0 {
			continue
		}
		text := Number(n) + " " + string(s)
		switch s {
		case run.Completed:
			text = style.Good(text)
		case run.NotEnrolled:
			text = style.Faint(text)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// answers lists the most frequent answers where there are few different ones, as bars people can compare.
func answers(style Style, t *run.Totals) string {
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
	if len(list) == 0 {
		return ""
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].n != list[j].n {
			return list[i].n > list[j].n
		}
		return list[i].text < list[j].text
	})
	if list[0].n == 1 { // all different: counting them says nothing
		return ""
	}
	var parts []string
	for i, a := range list {
		if i == 8 {
			rest := int64(0)
			for _, other := range list[i:] {
				rest += other.n
			}
			many += rest
			break
		}
		parts = append(parts, fmt.Sprintf("%s×%s", Truncate(Safe(oneLine(a.text)), 24), Number(a.n)))
	}
	if many > 0 {
		parts = append(parts, style.Faint(fmt.Sprintf("others×%s", Number(many))))
	}
	return strings.Join(parts, "  ")
}

func effects(t *run.Totals) string {
	var parts []string
	for _, k := range []run.EffectType{run.EffectProperty, run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectRecord, run.EffectAssociation} {
		if n := t.Effects[string(k)]; n > 0 {
			noun := effectNoun(k)
			if k == run.EffectProperty && n == 1 {
				noun = "property set"
			}
			parts = append(parts, Count(n, noun))
		}
	}
	return strings.Join(parts, ", ")
}

func asks(style Style, t *run.Totals) string {
	if t.Asks == 0 {
		return ""
	}
	text := fmt.Sprintf("%s answered of %s", Number(t.Asks-t.FailedAsks), Number(t.Asks))
	if t.Retries > 0 {
		text += style.Warn(fmt.Sprintf(", %s", plural(t.Retries, "retry", "retries")))
	}
	if t.NoAnswer > 0 {
		text += style.Bad(fmt.Sprintf(", %s without a scripted answer", Number(t.NoAnswer)))
	}
	return text
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Duration writes a span as people say it.
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}

// Cost adds up decimals of dollars for people; "" when nothing was charged.
func Cost(values ...string) string {
	var sum assistant.Money
	for _, v := range values {
		if m, err := assistant.ParseMoney(v); err == nil {
			sum = sum.Add(m)
		}
	}
	return sum.String()
}

// userNames joins ids with the names they have.
func userNames(ids []string, name func(id string) string) string {
	out := slices.Clone(ids)
	for i, id := range out {
		if n := name(id); n != "" {
			out[i] = fmt.Sprintf("%s (%s)", n, id)
		}
	}
	return strings.Join(out, ", ")
}
