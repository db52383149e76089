package runs

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/run"
)

// term is a part of a filter: a word, or field:value.
type term struct{ field, value string }

// terms takes a filter apart at its spaces. A value with spaces stands in quotes; what is no field of the list is a word.
func terms(filter string, fields ...string) []term {
	var out []term
	for rest := strings.TrimSpace(filter); rest != ""; rest = strings.TrimSpace(rest) {
		t := term{}
		for _, f := range fields {
			if len(rest) > len(f) && rest[len(f)] == ':' && strings.EqualFold(rest[:len(f)], f) {
				t.field, rest = f, rest[len(f)+1:]
				break
			}
		}
		if t.value, rest = value(rest); t != (term{}) {
			out = append(out, t)
		}
	}
	return out
}

// value is the text up to the next space, or between quotes, and what follows. A quote within is written twice.
func value(s string) (v, rest string) {
	if !strings.HasPrefix(s, `"`) {
		v, rest, _ = strings.Cut(s, " ")
		return v, rest
	}
	var b strings.Builder
	for s = s[1:]; s != ""; {
		before, after, found := strings.Cut(s, `"`)
		b.WriteString(before)
		if s = after; !found || !strings.HasPrefix(s, `"`) {
			break
		}
		b.WriteByte('"')
		s = s[1:]
	}
	return b.String(), s
}

// quoted writes a value so that it is read as it is.
func quoted(v string) string {
	if v != "" && !strings.ContainsAny(v, ` "`) {
		return v
	}
	return `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
}

// listQuery is a filter of the list of runs.
type listQuery struct {
	text     string // as it was typed
	words    []string
	workflow string
	answers  string
	statuses []run.Status
	failed   bool
	// problem says why nothing can match, "" when something may.
	problem string
}

func parseList(filter string) listQuery {
	q := listQuery{text: filter}
	for _, t := range terms(filter, "workflow", "status", "answers") {
		switch t.field {
		case "workflow":
			q.workflow = strings.ToLower(t.value)
		case "answers":
			q.answers = strings.ToLower(t.value)
		case "status":
			q.status(strings.ToLower(t.value))
		default:
			q.words = append(q.words, strings.ToLower(t.value))
		}
	}
	return q
}

func (q *listQuery) status(word string) {
	if word == "" {
		return
	}
	if strings.HasPrefix("failed", word) {
		q.failed = true
		return
	}
	for _, s := range []run.Status{run.RunRunning, run.RunCompleted, run.RunInterrupted, run.RunStopped} {
		if strings.HasPrefix(strings.ToLower(string(s)), word) {
			q.statuses = append(q.statuses, s)
			return
		}
	}
	q.problem = fmt.Sprintf("No run can be %q. There are status:running, completed, interrupted, stopped, and failed for runs that stopped or have a failed step.", word)
}

// stored is what the store looks for; matches decides about the rest.
func (q *listQuery) stored() run.RunQuery {
	out := run.RunQuery{Statuses: q.statuses, Text: q.workflow}
	for _, w := range append([]string{q.answers}, q.words...) {
		if len(w) > len(out.Text) {
			out.Text = w
		}
	}
	return out
}

func (q *listQuery) matches(r *run.Run) bool {
	flow := strings.ToLower(r.Workflow.File + "\n" + r.Workflow.Name + "\n" + r.Workflow.ID)
	all := strings.ToLower(r.ID+"\n"+r.Answers+"\n") + flow
	for _, w := range q.words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	if q.failed && r.Totals.FailedSteps == 0 && r.Status != run.RunStopped {
		return false
	}
	return strings.Contains(flow, q.workflow) && strings.HasPrefix(r.Answers, q.answers)
}

// rowQuery is a filter of a run's enrollments.
type rowQuery struct {
	text     string // as it was typed
	failed   bool   // only failed ones were asked for with a key
	all      bool   // all records were asked for with a key
	enrolled bool   // records that did not enroll are left out, because nothing was asked for
	stored   run.BriefQuery
	answer   string // the whole of a record's answer; "" for all
	problem  string
}

// any tells that something was asked for.
func (q *rowQuery) any() bool {
	b := q.stored
	return len(b.States) > 0 && !q.enrolled || b.Failed || b.Action != "" || b.ActionState != "" || b.Text != "" || q.answer != ""
}

// stepName is an action of a run's flow, as people call it.
type stepName struct{ id, name string }

func parseRows(filter string, failed, all bool, steps []stepName) rowQuery {
	q := rowQuery{text: filter, failed: failed, all: all, stored: run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Failed: failed}}
	var words []string
	for _, t := range terms(filter, "state", "action", "failed", "answer") {
		switch t.field {
		case "state":
			q.state(t.value)
		case "action":
			q.action(t.value, steps)
		case "failed":
			if t.value == "" || strings.EqualFold(t.value, "yes") {
				q.stored.Failed = true
			} else if q.action(t.value, steps); q.problem == "" {
				q.stored.ActionState = run.FailContinue
			}
		case "answer":
			q.answer = t.value
		default:
			words = append(words, t.value)
		}
	}
	q.stored.Text = strings.Join(words, " ")
	if q.stored.Text == "" {
		q.stored.Text = q.answer
	}
	if !all && !q.any() && q.problem == "" {
		q.enrolled = true
		q.stored.States = slices.DeleteFunc(slices.Clone(run.States), func(s run.State) bool { return s == run.NotEnrolled })
	}
	return q
}

func (q *rowQuery) state(word string) {
	if word == "" {
		return
	}
	like := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToUpper(word))
	names := make([]string, len(run.States))
	for i, s := range run.States {
		names[i] = strings.ToLower(string(s))
		if strings.HasPrefix(string(s), like) {
			q.stored.States = append(q.stored.States, s)
			return
		}
	}
	q.problem = fmt.Sprintf("No enrollment can be %q. There are state:%s.", word, strings.Join(names, ", "))
}

// action finds a step by its id, its name, or the beginning of its name.
func (q *rowQuery) action(word string, steps []stepName) {
	if word == "" {
		return
	}
	for _, same := range []func(stepName) bool{
		func(s stepName) bool { return s.id == word },
		func(s stepName) bool { return s.name != "" && strings.EqualFold(s.name, word) },
		func(s stepName) bool { return strings.HasPrefix(strings.ToLower(s.name), strings.ToLower(word)) },
	} {
		for _, s := range steps {
			if same(s) {
				q.stored.Action = s.id
				return
			}
		}
	}
	var names []string
	for _, s := range steps[:min(len(steps), 12)] {
		if s.name != "" {
			names = append(names, s.name)
		} else {
			names = append(names, s.id)
		}
	}
	q.problem = fmt.Sprintf("The workflow of this run has no action %q. It has %s.", word, strings.Join(names, ", "))
}

// matches decides what the store cannot: whether the answer is the whole of it. Of a record that asked more than once the brief
// holds the last answer only, so there the text decides.
func (q *rowQuery) matches(b *run.Brief) bool {
	return q.answer == "" || b.Asks > 1 || strings.TrimSpace(b.Answer) == strings.TrimSpace(q.answer)
}
