package report

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"askflow/internal/run"
)

// People names users and owners.
type People struct {
	User  func(id string) string
	Owner func(id string) string
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
		step(w, style, &r.Steps[i])
	}
	if len(r.Effects) > 0 {
		_, _ = fmt.Fprintf(w, "\n%s\n", style.Head("Effects"))
	}
	for i := range r.Effects {
		Effect(w, style, &r.Effects[i], people)
	}
}

func step(w io.Writer, style Style, s *run.Step) {
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
	_, _ = fmt.Fprintf(w, "\n%s %s  %s%s\n", style.Faint("["+name+"]"), style.Head(Safe(s.Label)), state, marks)
	field(w, style, "reason", s.Reason)
	if s.WaitUntil != nil {
		field(w, style, "until", s.WaitUntil.Format("Mon 2006-01-02 15:04 MST"))
	}
	if s.Error != nil {
		field(w, style, "error", s.Error.Code+": "+s.Error.Message)
		field(w, style, "hint", s.Error.Hint)
	}
	for _, warning := range s.Warnings {
		field(w, style, "warning", warning)
	}
	for _, k := range sortedKeys(s.Inputs) {
		field(w, style, k, s.Inputs[k])
	}
	if s.Ask != nil {
		ask(w, style, s.Ask)
	}
}

func ask(w io.Writer, style Style, a *run.Ask) {
	settings := []string{a.Assistant, a.Model}
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
			what = fmt.Sprintf("%d %s: %s", t.Status, t.Code, t.Message)
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

// field prints a label and a text that may have several lines.
func field(w io.Writer, style Style, label, text string) {
	if text == "" {
		return
	}
	const indent = 12
	first := true
	for _, line := range strings.Split(SafeLines(text), "\n") {
		for _, part := range Wrap(line, style.Width-indent-2) {
			l := ""
			if first {
				l = label
			}
			_, _ = fmt.Fprintf(w, "  %s%s\n", style.Faint(pad(Safe(l), indent)), part)
			first = false
		}
	}
}

// Effect prints one effect.
func Effect(w io.Writer, style Style, e *run.Effect, people People) {
	switch e.Type {
	case run.EffectProperty:
		from, to := value(e.From), value(e.To)
		_, _ = fmt.Fprintf(w, "  %s %s %s.%s: %s → %s\n", style.Faint("["+e.ActionID+"]"), "PROPERTY", e.ObjectType, Safe(e.Property), Safe(Truncate(from, 60)), Safe(Truncate(to, 60)))
	case run.EffectNotification, run.EffectEmail:
		_, _ = fmt.Fprintf(w, "  %s %s to %s\n", style.Faint("["+e.ActionID+"]"), e.Type, Safe(userNames(e.UserIDs, people.User)))
		field(w, style, "subject", value(e.Subject))
		field(w, style, "body", value(e.Body))
	default:
		kind := string(e.Type)
		if e.Type == run.EffectRecord {
			kind += " " + e.ObjectType
		}
		_, _ = fmt.Fprintf(w, "  %s %s %s\n", style.Faint("["+e.ActionID+"]"), kind, Safe(e.RecordID))
		for _, k := range sortedKeys(e.Properties) {
			v := e.Properties[k]
			if k == "hubspot_owner_id" && people.Owner != nil {
				if n := people.Owner(v); n != "" {
					v = n + " (" + v + ")"
				}
			}
			field(w, style, strings.TrimPrefix(k, "hs_task_"), v)
		}
		for _, a := range e.Associations {
			field(w, style, "with", a.ObjectType+" "+a.RecordID)
		}
	}
}

func value(s *string) string {
	if s == nil || *s == "" {
		return "(empty)"
	}
	return oneLine(*s)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
