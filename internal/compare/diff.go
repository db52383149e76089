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
	// Differs names what does: considered or enrolled, or else some of state, path, response, effects.
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
	// Path are the ids of the actions that were executed.
	Path []string `json:"path"`
	// Effects are what the enrollment did.
	Effects []run.Effect `json:"effects"`
	// Reason says why the state is not COMPLETED.
	Reason string `json:"-"`
	// Responses are all asks with what they got, in the order in which they were asked.
	Responses []Asked `json:"-"`
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

// Pair is one ask in both runs: the same visit of the same action.
type Pair struct {
	ActionID string
	// Name is the step's name, or else the action's label.
	Name  string
	Visit int
	// A and B are nil in a run in which it was not asked.
	A, B *Asked
	// Same tells that both gave the same response, or neither gave any.
	Same bool
}

// Pairs sets the asks of the two runs side by side: in the order of the first run, those that only the second one asked last.
func (d *Diff) Pairs() []Pair {
	type key struct {
		action string
		visit  int
	}
	var pairs []Pair
	at := map[key]int{}
	add := func(side *Side, set func(*Pair, *Asked)) {
		if side == nil {
			return
		}
		for i := range side.Responses {
			k := &side.Responses[i]
			where, known := at[key{k.ActionID, k.Visit}]
			if !known {
				where = len(pairs)
				at[key{k.ActionID, k.Visit}] = where
				name := k.Name
				if name == "" {
					name = k.Label
				}
				pairs = append(pairs, Pair{ActionID: k.ActionID, Name: name, Visit: k.Visit})
			}
			set(&pairs[where], k)
		}
	}
	add(d.A, func(p *Pair, k *Asked) { p.A = k })
	add(d.B, func(p *Pair, k *Asked) { p.B = k })
	for i := range pairs {
		p := &pairs[i]
		p.Same = p.A != nil && p.B != nil && textOf(p.A.Response) == textOf(p.B.Response)
	}
	return pairs
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
	return s
}

// diffOf compares what a record came to; nil when nothing that counts differs. rowB is nil when the second run has not
// considered it.
func diffOf(rowA, rowB *run.Row) (*Diff, error) {
	resultA, err := rowA.Result()
	if err != nil {
		return nil, err
	}
	d := &Diff{Record: rowA.Record, A: sideOf(resultA)}
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
		{Response, textOf(d.A.Response) != textOf(d.B.Response)},
		{Effects, string(rowA.Effects) != string(rowB.Effects)},
	} {
		if c.differs {
			d.Differs = append(d.Differs, c.what)
		}
	}
	if len(d.Differs) == 0 {
		return nil, nil // only what an answer cost or how long it took
	}
	return d, nil
}
