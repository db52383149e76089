// Package coverage counts what the records of a test reach: the triggers by which they can enroll, the workflow's actions,
// the arms of its branches, and the scripted rules that can answer it.
package coverage

import (
	"slices"
	"sync"
	"sync/atomic"

	"askflow/internal/flow"
	"askflow/internal/openaisim"
	"askflow/internal/prompttest"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Trigger is one of the things that decide whether a record enrolls. An engine's trigger converts to it.
type Trigger struct {
	Label string
	File  string
	Pos   source.Pos
}

// Ask is who asks whom, as far as scripted rules look at it. An empty member is not known and fits every rule. An engine's
// asking step converts to it.
type Ask struct {
	Step, StepName           string // the action's id and name
	Assistant, AssistantName string // its id and name
	Model                    string
}

// Tracker counts. Any number of goroutines may use it at once. A nil Tracker counts nothing.
type Tracker struct {
	items []prompttest.CoverItem // in the order of the report: triggers, actions, branches, rules; without hits
	hits  []atomic.Int64         // by item
	// steps are the items of actions and branches, which a record reaches by its steps.
	steps   span
	rules   int // the first item that is a rule; none stands behind them
	actions map[string]*node
	numbers map[*openaisim.Rule]int // the item of a rule
	listed  []*openaisim.Rule       // by item, counted from rules

	mu   sync.Mutex
	told bool // somebody has said who asks
	asks []Ask
}

// span is a range of items.
type span struct{ from, to int }

// node is an action among the items.
type node struct {
	item int
	arms map[string][]arm // by the name that steps give; nil for what is no branch
}

// arm is an arm of a branch among the items.
type arm struct {
	item int
	next string // the action it leads to, "" for none
}

// New prepares a tracker for a workflow. Triggers are numbered from 0 in the order given. Rules must not be changed
// afterwards; those that cannot answer the workflow are left out of the report. Until Asks says who asks, that is told by
// the workflow's own fields: an assistant is then known by the one name that the workflow uses.
func New(f *flow.Flow, kinds *flow.Kinds, triggers []Trigger, rules []*openaisim.Rule) *Tracker {
	l := &listing{}
	l.triggers(triggers)
	t := &Tracker{actions: map[string]*node{}, numbers: make(map[*openaisim.Rule]int, len(rules))}
	t.steps.from = len(l.items)
	if f != nil && kinds != nil {
		l.flow(f, kinds, t.actions)
		t.asks = asksOf(f, kinds)
	}
	t.steps.to = len(l.items)
	t.rules = len(l.items)
	for _, r := range rules {
		if _, twice := t.numbers[r]; r != nil && !twice {
			t.numbers[r] = len(l.items)
			t.listed = append(t.listed, r)
			l.rule(r)
		}
	}
	t.items, t.hits = l.items, make([]atomic.Int64, len(l.items))
	return t
}

// Asks says which steps ask whom, in place of what the workflow's fields tell: call it for each cell of a test, with the
// cell's settings. Calls add up; one without asks says that nothing is asked there.
func (t *Tracker) Asks(asks ...Ask) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.told {
		t.told, t.asks = true, nil
	}
	for _, a := range asks {
		if !slices.Contains(t.asks, a) {
			t.asks = append(t.asks, a)
		}
	}
}

// Trigger counts one record that met the trigger with that number, from 0. Numbers that there are not count nothing.
func (t *Tracker) Trigger(i int) {
	if t != nil && i >= 0 && i < t.steps.from {
		t.hits[i].Add(1)
	}
}

// Rule counts one answer that the rule gave. Rules that New was not given count nothing.
func (t *Tracker) Rule(r *openaisim.Rule) {
	if t == nil {
		return
	}
	if item, ok := t.numbers[r]; ok {
		t.hits[item].Add(1)
	}
}

// fewWords is how many words of 64 items a record's marks may take before they are allocated.
const fewWords = 8

// Steps counts one record by all of its steps: each action and arm once, however often a loop came by.
func (t *Tracker) Steps(steps []run.Step) {
	if t == nil || len(steps) == 0 {
		return
	}
	var few [fewWords]uint64
	seen := few[:]
	if words := (t.steps.to - t.steps.from + 63) / 64; words > fewWords {
		seen = make([]uint64, words)
	}
	for i := range steps {
		s := &steps[i]
		n := t.actions[s.ActionID]
		if n == nil {
			continue
		}
		t.once(seen, n.item)
		if s.Branch == nil {
			continue
		}
		if arms := n.arms[*s.Branch]; len(arms) == 1 {
			t.once(seen, arms[0].item)
		} else if len(arms) > 1 {
			t.alike(seen, arms, steps[i+1:])
		}
	}
}

// alike counts the arm that was taken among those of one name: the step after it tells which. Arms that lead to the same
// action, or nowhere, cannot be told apart and count together.
func (t *Tracker) alike(seen []uint64, arms []arm, after []run.Step) {
	next := ""
	if len(after) > 0 {
		next = after[0].ActionID
	}
	told := false
	for _, a := range arms {
		told = told || a.next == next
	}
	for _, a := range arms {
		if !told || a.next == next {
			t.once(seen, a.item)
		}
	}
}

// once counts an item the first time that a record reaches it.
func (t *Tracker) once(seen []uint64, item int) {
	i := item - t.steps.from
	if mark := uint64(1) << (i & 63); seen[i>>6]&mark == 0 {
		seen[i>>6] |= mark
		t.hits[item].Add(1)
	}
}

// Report says what was reached so far: triggers, actions, branches and rules, each in the order of their files. It may be
// called while others count.
func (t *Tracker) Report() *prompttest.Coverage { return Merge(t) }

// Merge adds several trackers up, as those of cells and repeats. What stands for the same thing, by kind and id, becomes one
// item; a tracker that knows more adds its items behind the others of their kind. Nil trackers are passed over.
func Merge(trackers ...*Tracker) *prompttest.Coverage {
	type key struct {
		kind prompttest.CoverKind
		id   string
	}
	lists := map[prompttest.CoverKind][]found{}
	at := map[key]int{}
	for _, t := range trackers {
		t.each(func(one found) {
			k := key{one.item.Kind, one.item.ID}
			i, known := at[k]
			if !known {
				at[k] = len(lists[k.kind])
				lists[k.kind] = append(lists[k.kind], one)
				return
			}
			before := &lists[k.kind][i]
			before.item.Hits += one.item.Hits
			before.counts = before.counts || one.counts
		})
	}
	c := &prompttest.Coverage{Items: []prompttest.CoverItem{}}
	for _, kind := range []prompttest.CoverKind{prompttest.CoverTrigger, prompttest.CoverAction, prompttest.CoverBranch, prompttest.CoverRule} {
		for _, one := range lists[kind] {
			if !one.counts {
				continue
			}
			c.Items = append(c.Items, one.item)
			if one.item.Hits > 0 {
				c.Covered++
			}
		}
	}
	c.Total = len(c.Items)
	return c
}

// found is an item with what was counted of it so far.
type found struct {
	item prompttest.CoverItem
	// counts is false for a rule that could answer nothing here and has answered nothing.
	counts bool
}

func (t *Tracker) each(do func(found)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	asks := t.asks // only ever appended to, or replaced
	t.mu.Unlock()
	for i := range t.items {
		one := found{t.items[i], true}
		one.item.Hits = t.hits[i].Load()
		if i >= t.rules {
			one.counts = one.item.Hits > 0 || answers(t.listed[i-t.rules], asks)
		}
		do(one)
	}
}
