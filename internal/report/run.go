package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"askflow/internal/run"
)

// Header is the line a run starts with; on a narrow screen, the lines.
func Header(w io.Writer, style Style, r *run.Run, total int64, objectPlural string) {
	parts := []string{Safe(r.Workflow.Name), Count(total, objectPlural), Safe(r.Answers) + " answers"}
	if r.Era != "" {
		parts = append(parts, "era "+Safe(r.Era))
	}
	parts = append(parts, "clock starts "+r.Now.Format("2006-01-02 15:04 MST"))
	used := 0
	for i, part := range parts {
		text := part
		switch {
		case i == 0:
			text = style.Head(part)
		case used+3+Width(part) > style.Width:
			_, _ = fmt.Fprintln(w)
			used = 0
		default:
			text = style.Faint(" · ") + part
			used += 3
		}
		used += Width(part)
		_, _ = io.WriteString(w, text)
	}
	_, _ = fmt.Fprintln(w)
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
	Max int
	// First is the id of the first record enrolled.
	First    string
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
	if t.enrolled++; t.enrolled == 1 {
		t.First = row.Record.ID
	}
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

// shortValue is how wide a value may be to be shown in a line that sums up an enrollment.
const shortValue = 24

// Doings says what an enrollment did, in few words: what was made, short values that were set, and what else was set.
func Doings(r *run.Result) string {
	var short, long []string
	count := map[run.EffectType]int{}
	for i := range r.Effects {
		e := &r.Effects[i]
		if e.Type != run.EffectProperty {
			count[e.Type]++
			continue
		}
		switch to := oneLine(value(e.To)); {
		case e.To == nil || *e.To == "":
			long = append(long, e.Property+" cleared")
		case Width(to) <= shortValue:
			short = append(short, e.Property+" = "+to)
		default:
			long = append(long, e.Property+" set")
		}
	}
	var parts []string
	for _, t := range []run.EffectType{run.EffectTask, run.EffectNotification, run.EffectEmail, run.EffectRecord, run.EffectAssociation} {
		if n := count[t]; n > 0 {
			parts = append(parts, Count(int64(n), effectNoun(t)))
		}
	}
	parts = append(append(parts, short...), long...)
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Error != nil && s.Ask == nil {
			parts = append(parts, "✗ "+s.Error.Code)
		}
	}
	return strings.Join(parts, ", ")
}

// EffectLine says on one line what an effect did.
func EffectLine(e *run.Effect, people People) string {
	quoted := func(s *string) string { return oneLine(value(s)) }
	switch e.Type {
	case run.EffectProperty:
		return Safe(e.ObjectType + "." + e.Property + " = " + quoted(e.To))
	case run.EffectNotification, run.EffectEmail:
		return Safe(string(e.Type) + " to " + receivers(e, people) + ": " + quoted(e.Subject) + ": " + quoted(e.Body))
	case run.EffectAssociation:
		return Safe(strings.Join(append([]string{string(e.Type), e.ObjectType, e.RecordID}, associated(e)...), " "))
	case run.EffectTask:
		text := oneLine(e.Properties["hs_task_subject"])
		for _, k := range sortedKeys(e.Properties) {
			if k != "hs_task_subject" {
				text += ", " + taskLabel(k) + " " + oneLine(propertyText(k, e.Properties[k], people))
			}
		}
		return Safe(strings.Join(append([]string{string(e.Type) + ": " + text}, associated(e)...), " "))
	}
	var parts []string
	for _, k := range sortedKeys(e.Properties) {
		parts = append(parts, k+" = "+oneLine(propertyText(k, e.Properties[k], people)))
	}
	return Safe(strings.Join(append([]string{string(e.Type) + " " + e.ObjectType + ": " + strings.Join(parts, ", ")}, associated(e)...), " "))
}

func associated(e *run.Effect) (out []string) {
	for _, a := range e.Associations {
		out = append(out, "→ "+a.ObjectType+" "+a.RecordID)
	}
	return out
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
		table := Table{Head: []string{"RECORD", "NAME", "STATE", "ANSWER", "EFFECTS"}, Rows: t.rows, Grow: 3, Keep: map[int]bool{0: true, 2: true}, Paint: func(row, col int, text string) string {
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
	if rest := t.More(); rest > 0 {
		_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("… and %s more: %s", Number(rest), more)))
	}
	t.writeReasons(w, style)
	return nil
}

// More is how many records enrolled beyond those in the table.
func (t *RunRows) More() int64 { return t.enrolled - int64(len(t.rows)) }

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
			_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("%7s  for %s", Number(rest), plural(int64(len(list)-i), "other reason", "other reasons"))))
			break
		}
		n := t.reasons[reason]
		rest -= n
		_, _ = fmt.Fprintf(w, "%s\n", style.Faint(fmt.Sprintf("%7s  %s", Number(n), Truncate(Safe(reason), style.Width-10))))
	}
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
