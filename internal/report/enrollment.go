package report

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"askflow/internal/run"
)

// People is what a portal knows beyond a result: what ids mean to people, and their time. Each may be nil or say "".
type People struct {
	User      func(id string) string
	Owner     func(id string) string
	Assistant func(id string) string
	// Step says what the action with this id is about: the property that it sets.
	Step func(actionID string) string
	// Zone is the portal's time zone; nil leaves times as they are stored.
	Zone *time.Location
}

// moment writes a time for people, in the portal's time.
func (p People) moment(t time.Time, layout string) string {
	if p.Zone != nil {
		t = t.In(p.Zone)
	}
	return t.Format(layout)
}

// due writes a task's due time for people; what is no time stays as it is.
func (p People) due(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || p.Zone == nil {
		return text
	}
	return p.moment(t, "Mon 2006-01-02 15:04 MST")
}

// Enrollment prints one record's way through the flow, step by step.
func Enrollment(w io.Writer, style Style, r *run.Result, people People) {
	title := Safe(r.Record.Name)
	if title == "" {
		title = r.Record.ObjectType
	}
	state := string(r.Enrollment.State)
	if r.Enrollment.State == run.Completed {
		state = style.Good(state)
	} else {
		state = style.Warn(state)
	}
	_, _ = fmt.Fprintf(w, "%s %s  %s\n", style.Head(title), style.Faint("("+Safe(r.Record.ObjectType)+" "+Safe(r.Record.ID)+")"), state)
	if r.Enrollment.Reason != "" {
		_, _ = fmt.Fprintf(w, "  %s\n", Safe(r.Enrollment.Reason))
	}
	for i := range r.Steps {
		step(w, style, &r.Steps[i], people)
	}
	if len(r.Effects) > 0 {
		_, _ = fmt.Fprintf(w, "\n%s\n", style.Head("Effects"))
	}
	for i := range r.Effects {
		Effect(w, style, &r.Effects[i], people)
	}
}

func step(w io.Writer, style Style, s *run.Step, people People) {
	name := s.ActionID
	if s.Name != "" {
		name += " " + Safe(s.Name)
	}
	state := string(s.State)
	switch s.State {
	case run.Success:
		state = style.Good(state)
	case run.FailContinue:
		state = style.Bad(state)
	default:
		state = style.Warn(state)
	}
	marks := ""
	if s.Pinned {
		marks += style.Warn(" pinned")
	}
	if s.Visit > 1 {
		marks += style.Faint(fmt.Sprintf(" visit %d", s.Visit))
	}
	if s.Branch != nil {
		marks += " → " + Safe(*s.Branch)
	}
	about := ""
	if people.Step != nil {
		about = people.Step(s.ActionID)
	}
	if about != "" {
		about = " " + Safe(about)
	}
	_, _ = fmt.Fprintf(w, "\n%s %s%s  %s%s\n", style.Faint("["+name+"]"), style.Head(Safe(s.Label)), about, state, marks)
	field(w, style, "reason", s.Reason)
	if s.WaitUntil != nil {
		field(w, style, "until", people.moment(*s.WaitUntil, "Mon 2006-01-02 15:04 MST"))
	}
	if s.Error != nil {
		field(w, style, "error", s.Error.Code+": "+shortened(s))
		field(w, style, "hint", s.Error.Hint)
	}
	for _, warning := range s.Warnings {
		if run.IsNote(warning) {
			field(w, style, "note", warning)
		} else {
			field(w, style, "warning", warning)
		}
	}
	if len(s.Inputs) > 0 {
		var inputs []Field
		for _, k := range sortedKeys(s.Inputs) {
			inputs = append(inputs, Field{k, s.Inputs[k]})
		}
		Fields(w, style, inputs)
	}
	if s.Ask != nil {
		ask(w, style, s.Ask, people)
	}
}

func ask(w io.Writer, style Style, a *run.Ask, people People) {
	settings := []string{assistantOf(a, people), a.Model}
	if a.Temperature != nil {
		settings = append(settings, fmt.Sprintf("temperature %g", *a.Temperature))
	}
	if a.ReasoningEffort != "" {
		settings = append(settings, "effort "+a.ReasoningEffort)
	}
	field(w, style, "asked", strings.Join(append(settings, a.Protocol), " · "))
	field(w, style, "prompt", a.Prompt)
	if a.Response != nil {
		field(w, style, "response", *a.Response)
	}
	for i, t := range a.History {
		what := "answered"
		if t.Code != "" {
			what = t.Code + ": " + withoutPrompt(t.Message, a.Prompt)
			if t.Status > 0 { // nothing that failed on the way has one
				what = fmt.Sprintf("%d %s", t.Status, what)
			}
		}
		if t.WaitMs > 0 {
			what += ", then waited " + Duration(time.Duration(t.WaitMs)*time.Millisecond)
		}
		field(w, style, fmt.Sprintf("attempt %d", i+1), what)
	}
	if u := a.Usage; u != nil {
		text := fmt.Sprintf("%s tokens in, %s out", Number(int64(u.InputTokens)), Number(int64(u.OutputTokens)))
		if u.ReasoningTokens > 0 {
			text += fmt.Sprintf(" (%s reasoning)", Number(int64(u.ReasoningTokens)))
		}
		if u.Estimated {
			text += ", estimated"
		}
		if a.CostUSD != "" {
			text += ", $" + a.CostUSD
		}
		if a.LatencyMs > 0 {
			text += ", " + Duration(time.Duration(a.LatencyMs)*time.Millisecond)
		}
		field(w, style, "usage", text)
	}
}

// assistantOf is the assistant's name, with its id behind it where that says something else.
func assistantOf(a *run.Ask, people People) string {
	name := named(a.Assistant, people.Assistant)
	if name == a.Assistant+" ("+a.Assistant+")" {
		return a.Assistant
	}
	return name
}

// shortened is what went wrong with a step, without the prompt, which stands below it.
func shortened(s *run.Step) string {
	if s.Ask == nil {
		return s.Error.Message
	}
	return withoutPrompt(s.Error.Message, s.Ask.Prompt)
}

// withoutPrompt takes the quoted beginning of a prompt out of a message that is shown beside the prompt itself.
func withoutPrompt(message, prompt string) string {
	const before = "the prompt "
	at := strings.Index(message, before+`"`)
	if at < 0 {
		return message
	}
	quoted, err := strconv.QuotedPrefix(message[at+len(before):])
	if err != nil {
		return message
	}
	text, err := strconv.Unquote(quoted)
	if err != nil || !strings.HasPrefix(oneLine(prompt), oneLine(strings.TrimRight(text, "…"))) {
		return message
	}
	return message[:at] + "this prompt" + message[at+len(before)+len(quoted):]
}

// fieldIndent is where the texts of fields start.
const fieldIndent = 12

// field prints a label and a text that may have several lines.
func field(w io.Writer, style Style, label, text string) {
	if text == "" {
		return
	}
	fieldAt(w, style, "  ", label, text, fieldIndent)
}

// below is field under the head of an effect.
func below(w io.Writer, style Style, label, text string) {
	if text != "" {
		fieldAt(w, style, "      ", label, text, fieldIndent)
	}
}

// fieldAt prints a label and, from a column on, a text, all of it after a margin. A label that is too long gets a line of
// its own.
func fieldAt(w io.Writer, style Style, margin, label, text string, column int) {
	label = Safe(label)
	if Width(label) > column-1 {
		_, _ = fmt.Fprintf(w, "%s%s\n", margin, style.Faint(Truncate(label, style.Width-len(margin))))
		label = ""
	}
	lines := strings.Split(strings.TrimRight(SafeLines(text), "\n"), "\n")
	for _, line := range lines {
		for _, part := range Wrap(strings.TrimRight(line, " "), style.Width-column-len(margin)) {
			line := margin + style.Faint(pad(label, column)) + part
			if part == "" && label == "" {
				line = ""
			}
			_, _ = fmt.Fprintln(w, line)
			label = ""
		}
	}
}

// Field is a label and a text that may have several lines.
type Field struct{ Label, Text string }

// Fields prints labels and texts in two columns; fields without text are left out.
func Fields(w io.Writer, style Style, fields []Field) {
	const widest = 30
	column := 0
	for _, f := range fields {
		if f.Text != "" {
			column = max(column, min(widest, style.Width/2-2, Width(Safe(f.Label))+2))
		}
	}
	for _, f := range fields {
		if f.Text != "" {
			fieldAt(w, style, "  ", f.Label, f.Text, column)
		}
	}
}

// Text prints a text of several lines, indented.
func Text(w io.Writer, style Style, text string) {
	for _, line := range strings.Split(strings.TrimRight(SafeLines(text), "\n"), "\n") {
		for _, part := range Wrap(strings.TrimRight(line, " "), style.Width-2) {
			_, _ = fmt.Fprintln(w, strings.TrimRight("  "+part, " "))
		}
	}
}

// Effect prints one effect.
func Effect(w io.Writer, style Style, e *run.Effect, people People) {
	head := func(format string, args ...any) {
		text := Safe(string(e.Type) + " " + fmt.Sprintf(format, args...))
		_, _ = fmt.Fprintf(w, "  %s %s\n", style.Faint("["+Safe(e.ActionID)+"]"), strings.TrimRight(text, " "))
	}
	switch e.Type {
	case run.EffectProperty:
		from, to := oneLine(value(e.From)), value(e.To)
		if change := from + " → " + to; !strings.Contains(to, "\n") && Width(change)+Width(e.Property)+Width(e.ObjectType)+18 <= style.Width {
			head("%s.%s: %s", e.ObjectType, e.Property, change)
			return
		}
		head("%s.%s", e.ObjectType, e.Property)
		below(w, style, "from", from)
		below(w, style, "to", to)
	case run.EffectNotification, run.EffectEmail:
		head("to %s", receivers(e, people))
		below(w, style, "subject", oneLine(value(e.Subject)))
		below(w, style, "body", value(e.Body))
	case run.EffectTask:
		head("%s", e.RecordID)
		properties(w, style, e, people)
	default:
		head("%s %s", e.ObjectType, e.RecordID)
		properties(w, style, e, people)
	}
}

// properties prints what a created record holds and belongs to.
func properties(w io.Writer, style Style, e *run.Effect, people People) {
	for _, k := range sortedKeys(e.Properties) {
		label := k
		if e.Type == run.EffectTask {
			label = taskLabel(k)
		}
		below(w, style, label, propertyText(k, e.Properties[k], people))
	}
	for _, a := range e.Associations {
		below(w, style, "associated", a.ObjectType+" "+a.RecordID)
	}
}

// propertyText is a property's value for people.
func propertyText(name, v string, people People) string {
	switch name {
	case "hubspot_owner_id":
		return named(v, people.Owner)
	case "hs_timestamp":
		return people.due(v)
	}
	return v
}

// receivers are the users and teams that a message goes to.
func receivers(e *run.Effect, people People) string {
	var out []string
	for _, id := range e.UserIDs {
		out = append(out, named(id, people.User))
	}
	for _, id := range e.TeamIDs {
		out = append(out, "team "+id)
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, ", ")
}

// named puts the name that an id has before it.
func named(id string, name func(id string) string) string {
	if name == nil {
		return id
	}
	if n := name(id); n != "" {
		return n + " (" + id + ")"
	}
	return id
}

// taskLabel is the short label of a task's property; other properties keep their names.
func taskLabel(name string) string {
	switch name {
	case "hs_timestamp":
		return "due"
	case "hubspot_owner_id":
		return "owner"
	}
	return strings.TrimPrefix(name, "hs_task_")
}

func value(s *string) string {
	if s == nil || *s == "" {
		return "(empty)"
	}
	return *s
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
