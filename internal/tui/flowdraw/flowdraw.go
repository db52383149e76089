// Package flowdraw draws a workflow as a graph of cards from top to bottom, with the arms of a branch side by side, or as an
// indented tree where there is no room for that. Where everything stands is worked out once; a view draws only what it shows.
package flowdraw

import (
	"askflow/internal/flow"
	"askflow/internal/run"
	"askflow/internal/source"
)

// Direction is where a key leads.
type Direction int

// The directions: Down and Up follow the connections, Left and Right go to the arms beside.
const (
	Up Direction = iota
	Down
	Left
	Right
)

// Options say what to draw. The zero value of each but the size is fine.
type Options struct {
	// Width and Height are in cells.
	Width, Height int
	// Selected is an action's id; "" is the card of the enrollment triggers. Focused tells that keys go to the drawing.
	Selected string
	Focused  bool
	// Lit are the actions (by id) and connections (by Edge) of a chosen path; LitSteps makes it of a record's steps.
	Lit map[string]bool
	// Problems are the worst findings of actions, by id; "" is the enrollment triggers.
	Problems map[string]source.Severity
	// Counts are numbers of records, by action id, and by Edge for arms.
	Counts map[string]int64
	// Names gives an assistant's name by its id; nil and "" leave the id.
	Names func(assistant string) string
}

// Edge names a connection in Lit and Counts: where it starts ("" for the enrollment triggers), and the arm as flow.Edge names it.
func Edge(from, arm string) string { return from + "\x00" + arm }

// LitSteps are the actions and connections that a record went through.
func LitSteps(steps []run.Step) map[string]bool {
	lit := map[string]bool{}
	for i, s := range steps {
		if i == 0 {
			lit[""], lit[Edge("", "")] = true, true
		}
		lit[s.ActionID] = true
		switch {
		case s.Branch != nil:
			lit[Edge(s.ActionID, *s.Branch)] = true
		case i+1 < len(steps):
			lit[Edge(s.ActionID, "")] = true
		}
	}
	return lit
}

// Drawing is a workflow with the place of everything in it. It remembers how far it is scrolled, so it belongs to one goroutine.
type Drawing struct {
	flow  *flow.Flow
	kinds *flow.Kinds
	graph *graph
	// wide has arms side by side, tall is the indented tree.
	wide, tall *layout
	// view is what was drawn last.
	view view
	pens *pens
}

// New works out where everything stands, in time that grows with the number of actions only. A nil flow has the card of the
// triggers alone; nil kinds are those of a portal without settings.
func New(f *flow.Flow, kinds *flow.Kinds) *Drawing {
	if f == nil {
		f = &flow.Flow{}
	}
	if kinds == nil {
		kinds = flow.NewKinds(flow.DefaultOpenAIAction())
	}
	d := &Drawing{flow: f, kinds: kinds, graph: newGraph(f)}
	parts := d.graph.outline()
	d.wide, d.tall = layWide(d.graph, parts), layTall(d.graph, parts)
	return d
}

// Has tells whether the drawing has a card with that id; "" is the triggers' and always there.
func (d *Drawing) Has(id string) bool {
	_, ok := d.graph.index[id]
	return ok
}
