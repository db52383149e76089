package action

import (
	"strconv"
	"time"

	"askflow/internal/clock"
	"askflow/internal/filter"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// World is the portal's data outside of the enrolled record: what is there when the run starts, never changed by it.
type World interface {
	// Associated lists the records of a type that a record is associated with, in a stable order. The id 0 means any
	// association between the two types.
	Associated(rec *hubspot.Record, toType string, kind hubspot.AssociationType) []*hubspot.Record
	// Find returns the record of a type with that id, nil when there is none.
	Find(objectType, id string) *hubspot.Record
	// InList tells whether a record is a member of a list.
	InList(listID, objectType, recordID string) bool
}

// Scope is one enrollment as its actions see it: the record, what earlier actions put out, and the enrollment's own
// effects lying over the records as the run started.
type Scope struct {
	// Seq is the record's place in the input, from 0. Ids of created records are counted from it.
	Seq      int64
	Timeline *clock.Timeline
	World    World

	// Prior are the steps of an earlier try of this enrollment, when failures are tried again.
	Prior []run.Step

	record  *View
	sources []flow.DataSource
	fetched map[string]*View
	changes []change
	outputs map[string]stepOutputs
	visits  map[string]int
	created int
}

// stepOutputs is what the latest visit of a step left.
type stepOutputs struct {
	state  run.StepState
	values map[string]string
}

type change struct {
	objectType, id, property, value string
}

// NewScope opens an enrollment.
func NewScope(seq int64, rec *hubspot.Record, sources []flow.DataSource, world World, timeline *clock.Timeline) *Scope {
	s := &Scope{Seq: seq, Timeline: timeline, World: world, sources: sources, outputs: map[string]stepOutputs{}}
	s.record = &View{Record: rec, scope: s}
	return s
}

// Record is the enrolled record with the enrollment's effects.
func (s *Scope) Record() *View { return s.record }

// Now is the time on the enrollment's timeline.
func (s *Scope) Now() time.Time { return s.Timeline.Now() }

// Enter counts a visit of a step and returns its number, 1 for the first.
func (s *Scope) Enter(actionID string) int {
	if s.visits == nil {
		s.visits = map[string]int{}
	}
	s.visits[actionID]++
	return s.visits[actionID]
}

// Keep remembers how a step ended and what it put out, under its id and under its name; the latest visit counts.
func (s *Scope) Keep(actionID, name string, state run.StepState, outputs map[string]string) {
	s.outputs[actionID] = stepOutputs{state, outputs}
	if name != "" {
		s.outputs[name] = stepOutputs{state, outputs}
	}
}

// Output returns an earlier action's output, the action named by id or step name. Every executed action offers hs_execution_state.
func (s *Scope) Output(actionID, key string) (string, bool) {
	o, ok := s.outputs[actionID]
	if !ok {
		return "", false
	}
	if v, ok := o.values[key]; ok {
		return v, true
	}
	if key == flow.ExecutionState {
		return string(o.state), true
	}
	return "", false
}

// prior finds an ask of an earlier try, nil when there was none.
func (s *Scope) prior(actionID string, visit int) *run.Step {
	for i := range s.Prior {
		if p := &s.Prior[i]; p.ActionID == actionID && max(1, p.Visit) == visit && p.Ask != nil && !p.Pinned {
			return p
		}
	}
	return nil
}

// Apply lays an effect over the records. Effects of other kinds than PROPERTY change nothing that a scope can see.
func (s *Scope) Apply(e *run.Effect) {
	switch e.Type {
	case run.EffectTask, run.EffectRecord:
		s.created++
	case run.EffectProperty:
		if e.ObjectType != s.record.Record.ObjectType {
			s.fetched = nil // what it orders by may have changed
		}
		to := ""
		if e.To != nil {
			to = *e.To
		}
		for i := range s.changes {
			c := &s.changes[i]
			if c.objectType == e.ObjectType && c.id == e.RecordID && c.property == e.Property {
				c.value = to
				return
			}
		}
		s.changes = append(s.changes, change{e.ObjectType, e.RecordID, e.Property, to})
	}
}

// createdIDBase keeps counted ids apart from ids that real portals give.
const (
	createdIDBase    = 990_000_000_000_000
	createdPerRecord = 1000
)

// NextID is the id that the next record created by this enrollment gets, counted from the record's place in the input.
// pending is how many the running action has already taken.
func (s *Scope) NextID(pending int) string {
	return strconv.FormatInt(createdIDBase+s.Seq*createdPerRecord+int64(s.created+pending)+1, 10)
}

// Fetched returns the record behind a data source, nil when there is none.
func (s *Scope) Fetched(name string) *View {
	if v, ok := s.fetched[name]; ok {
		return v
	}
	if s.fetched == nil {
		s.fetched = map[string]*View{}
	}
	v := s.fetch(name)
	s.fetched[name] = v
	return v
}

func (s *Scope) fetch(name string) *View {
	for i := range s.sources {
		d := &s.sources[i]
		if d.Name != name {
			continue
		}
		t, ok := hubspot.LookupObjectType(d.ObjectTypeID)
		if !ok {
			return nil
		}
		if d.Type != "ASSOCIATION" && d.Type != "ASSOCIATION_TIMESTAMP" {
			return nil // property-filter sources look beyond associated records; validate names them
		}
		found := s.World.Associated(s.record.Record, t.Name, d.Association())
		if len(found) == 0 {
			return nil
		}
		return s.first(found, d.Sort)
	}
	return nil
}

// first picks the record that a data source's sort order puts first; ties and no order keep the given order.
func (s *Scope) first(records []*hubspot.Record, by *flow.Sort) *View {
	best := s.View(records[0])
	if by == nil {
		return best
	}
	for _, r := range records[1:] {
		v := s.View(r)
		a, b := v.Get(by.Property), best.Get(by.Property)
		if b == "" && a != "" || a != "" && (by.Order == "DESC" && less(b, a) || by.Order != "DESC" && less(a, b)) {
			best = v
		}
	}
	return best
}

// less orders numbers by value and everything else as text (ISO dates included).
func less(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return x < y
	}
	return a < b
}

// View wraps a record so that the enrollment's own changes show.
func (s *Scope) View(rec *hubspot.Record) *View {
	if rec == nil {
		return nil
	}
	if rec == s.record.Record {
		return s.record
	}
	return &View{Record: rec, scope: s}
}

// Associated lists the views of the records of a type that the enrolled record is associated with.
func (s *Scope) Associated(toType string, kind hubspot.AssociationType) []*View {
	found := s.World.Associated(s.record.Record, toType, kind)
	views := make([]*View, len(found))
	for i, r := range found {
		views[i] = s.View(r)
	}
	return views
}

// View is a record as the enrollment sees it.
type View struct {
	Record *hubspot.Record
	scope  *Scope
}

// Get returns a property's value, the enrollment's own change first.
func (v *View) Get(property string) string {
	if v == nil {
		return ""
	}
	for i := range v.scope.changes {
		c := &v.scope.changes[i]
		if c.property == property && c.id == v.Record.ID && c.objectType == v.Record.ObjectType {
			return c.value
		}
	}
	return v.Record.Get(property)
}

// The methods below make a View what filters look at.
var _ filter.Record = (*View)(nil)

// Associated lists the views of a type's records that this one is associated with.
func (v *View) Associated(objectType string, kind hubspot.AssociationType) []filter.Record {
	found := v.scope.World.Associated(v.Record, objectType, kind)
	views := make([]filter.Record, len(found))
	for i, r := range found {
		views[i] = v.scope.View(r)
	}
	return views
}

// Find returns the view of a record, nil when there is none.
func (v *View) Find(objectType, id string) filter.Record {
	if r := v.scope.World.Find(objectType, id); r != nil {
		return v.scope.View(r)
	}
	return nil
}

// InList tells whether the record is a member of a list.
func (v *View) InList(listID string) bool {
	return v.scope.World.InList(listID, v.Record.ObjectType, v.Record.ID)
}

// Now is the time on the enrollment's timeline.
func (v *View) Now() time.Time { return v.scope.Now() }
