package compare

import (
	"strings"

	"askflow/internal/run"
)

// The kinds of difference between a record's two enrollments. Of Considered (only one run looked at the record) and Enrolled
// (only one enrolled it) nothing else is told; the others may come together.
const (
	Considered = "considered"
	Enrolled   = "enrolled"
	State      = "state"
	Path       = "path"
	Response   = "response"
	Effects    = "effects"
)

// Kinds lists them in the order in which they are told.
func Kinds() []string { return []string{Considered, Enrolled, State, Path, Response, Effects} }

// Diff is one record whose two enrollments differ.
type Diff struct {
	Record run.RecordRef `json:"record"`
	// Differs names what does: considered or enrolled, or else some of state, path, response (of any ask), effects. It is empty,
	// never nil, of a record that is told though it was treated alike.
	Differs []string `json:"differs"`
	// A and B are what the record came to in the first run and in the second; nil in one that did not consider it.
	A *Side `json:"a,omitempty"`
	B *Side `json:"b,omitempty"`
}

// Side is what a record came to in one run.
type Side struct {
	State run.State `json:"state"`
	// Response is the last answer, nil when there was none.
	Response *string `json:"response,omitempty"`
	// Answers are all of them, in the order in which they were asked, of a record that asked more than once.
	Answers []Answer `json:"answers,omitempty"`
	// Path are the ids of the actions that were executed.
	Path []string `json:"path"`
	// Effects are what the enrollment did.
	Effects []run.Effect `json:"effects"`
	// Reason says why the state is not COMPLETED.
	Reason string `json:"-"`
	// Responses are all asks with what they got, in the order in which they were asked.
	Responses []Asked `json:"-"`
}

// Answer is what one ask of several got.
type Answer struct {
	// Step is its name in the YAML form, or the action's id.
	Step string `json:"step"`
	// Response is nil when there was none to use.
	Response *string `json:"response,omitempty"`
}

// Asked is one ask of a record.
type Asked struct {
	ActionID string
	// Name is the step's name in the YAML form, Label the action's.
	Name, Label string
	// Visit counts, from 1, how often the enrollment had come to the action.
	Visit  int
	Model  string
	Prompt string
	// Response is nil when there was no usable answer; Error then says why.
	Response *string
	Error    *run.Error
}

// step is what the ask's step is called: its name in the YAML form, or the action's id.
func (k *Asked) step() string {
	if k.Name != "" {
		return k.Name
	}
	return k.ActionID
}

// ResponseOf is the last answer that an action got, nil when there was none.
func (s *Side) ResponseOf(actionID string) *string {
	if s == nil {
		return nil
	}
	var out *string
	for i := range s.Responses {
		if k := &s.Responses[i]; k.ActionID == actionID && k.Response != nil {
			out = k.Response
		}
	}
	return out
}

// size is roughly how many bytes of text a side holds.
func (s *Side) size() int {
	if s == nil {
		return 0
	}
	n := 0
	add := func(texts ...*string) {
		for _, t := range texts {
			if t != nil {
				n += len(*t)
			}
		}
	}
	for i := range s.Responses {
		add(&s.Responses[i].Prompt, s.Responses[i].Response)
	}
	for i := range s.Effects {
		e := &s.Effects[i]
		add(e.From, e.To, e.Subject, e.Body)
		for _, v := range e.Properties {
			n += len(v)
		}
	}
	return n
}

// textOf tells an answer that is not there from an empty one.
func textOf(s *string) string {
	if s == nil {
		return "\x00"
	}
	return *s
}

// EffectsApart are the effects that only one of two lists has, each as often as it has it more.
func EffectsApart(a, b []run.Effect) (onlyA, onlyB []run.Effect) {
	key := func(e run.Effect) string { return string(run.AppendEffects(nil, []run.Effect{e})) }
	only := func(list, other []run.Effect) (out []run.Effect) {
		there := map[string]int{}
		for _, e := range other {
			there[key(e)]++
		}
		for _, e := range list {
			if k := key(e); there[k] > 0 {
				there[k]--
				continue
			}
			out = append(out, e)
		}
		return out
	}
	return only(a, b), only(b, a)
}

func sideOf(r *run.Result) *Side {
	s := &Side{State: r.Enrollment.State, Path: []string{}, Effects: r.Effects, Reason: r.Enrollment.Reason}
	for i := range r.Steps {
		step := &r.Steps[i]
		s.Path = append(s.Path, step.ActionID)
		if step.Ask == nil {
			continue
		}
		if step.Ask.Response != nil {
			s.Response = step.Ask.Response
		}
		s.Responses = append(s.Responses, Asked{ActionID: step.ActionID, Name: step.Name, Label: step.Label, Visit: max(1, step.Visit),
			Model: step.Ask.Model, Prompt: step.Ask.Prompt, Response: step.Ask.Response, Error: step.Error})
	}
	if len(s.Responses) > 1 {
		for i := range s.Responses {
			s.Answers = append(s.Answers, Answer{Step: s.Responses[i].step(), Response: s.Responses[i].Response})
		}
	}
	return s
}

// diffOf compares what a record came to; nil when nothing that counts differs, unless always. rowB is nil when the second run
// has not considered it.
func diffOf(rowA, rowB *run.Row, always bool) (*Diff, error) {
	resultA, err := rowA.Result()
	if err != nil {
		return nil, err
	}
	d := &Diff{Record: rowA.Record, A: sideOf(resultA), Differs: []string{}}
	if rowB == nil {
		d.Differs = []string{Considered}
		return d, nil
	}
	resultB, err := rowB.Result()
	if err != nil {
		return nil, err
	}
	d.B = sideOf(resultB)
	if (rowA.State == run.NotEnrolled) != (rowB.State == run.NotEnrolled) {
		d.Differs = []string{Enrolled}
		return d, nil
	}
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{State, d.A.State != d.B.State},
		{Path, strings.Join(d.A.Path, ",") != strings.Join(d.B.Path, ",")},
		{Response, len(d.Apart()) > 0},
		{Effects, string(rowA.Effects) != string(rowB.Effects)},
	} {
		if c.differs {
			d.Differs = append(d.Differs, c.what)
		}
	}
	if len(d.Differs) == 0 && !always {
		return nil, nil // only what an answer cost or how long it took
	}
	return d, nil
}
