package flow

import (
	"errors"
	"fmt"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// ToYAML writes a flow in the short form. The result always reads back as the same v4 object: it is read again before
// it is returned, and what the short form does not reproduce stands in it as the v4 object it was. FromYAML must be
// given the same openAI and options. The error says why a flow cannot be written as YAML at all.
func ToYAML(f *Flow, openAI OpenAIAction, opts ...Option) (*source.Node, error) {
	if f == nil || f.Node == nil {
		return nil, errors.New("there is no workflow to write")
	}
	want := Canonical(f.Node)
	w := &yamlWriter{want: want, openAI: openAI, opts: opts}
	if w.listable() {
		if tree := w.short(); tree != nil {
			return tree, nil
		}
	}
	tree := source.NewObject(source.Pos{})
	tree.Set("flow", want)
	got, err := w.reread(tree)
	if err != nil {
		return nil, fmt.Errorf("this workflow cannot be written as YAML, keep it as JSON: %w", err)
	}
	if !source.Equal(got, want) {
		return nil, errors.New("this workflow cannot be written as YAML without loss, keep it as JSON")
	}
	return tree, nil
}

// yamlWriter writes one flow.
type yamlWriter struct {
	want   *source.Node // canonical
	openAI OpenAIAction
	opts   []Option
	// y compiles candidates, so that each is known to read back as it was.
	y *yamlFlow
	// raw are actions whose short form turned out not to read back.
	raw map[string]bool

	ids      []string // canonical order
	actions  map[string]*writeAction
	names    map[string]string // names by id, those that the short form can carry
	document []*writeAction    // in the order in which they are written
	wanted   []string          // targets that must be written somewhere
}

// listable tells whether the actions are such that steps can stand for them: objects with different ids.
func (w *yamlWriter) listable() bool {
	actions := w.want.Get("actions")
	if actions == nil || actions.Kind != source.Array || w.want.Kind != source.Object {
		return false
	}
	seen := map[string]bool{}
	for _, a := range actions.Items {
		id := a.Get("actionId")
		if a.Kind != source.Object || id == nil || id.Kind != source.String || id.Text == "" || seen[id.Text] {
			return false
		}
		seen[id.Text] = true
	}
	typeID := w.want.Get("objectTypeId")
	return typeID != nil && typeID.Kind == source.String && objectTypeID.MatchString(typeID.Text)
}

// reread takes the tree through text, as a file would.
func (w *yamlWriter) reread(tree *source.Node) (*source.Node, error) {
	text, err := source.FormatYAML(tree)
	if err != nil {
		return nil, err
	}
	n, problems := source.ParseYAML("workflow.yaml", text)
	if problems.HasErrors() {
		return nil, problems.Errors()
	}
	got, problems := FromYAML("workflow.yaml", n, w.openAI, w.opts...)
	if problems.HasErrors() {
		return nil, problems.Errors()
	}
	return got, nil
}

// short writes steps; nil when they do not read back as the flow.
func (w *yamlWriter) short() *source.Node {
	w.raw = map[string]bool{}
	for range 3 {
		tree := w.tree()
		got, err := w.reread(tree)
		if err != nil {
			return nil
		}
		if w.markRaw(got) {
			continue
		}
		w.override(tree, got)
		if got, err = w.reread(tree); err == nil && source.Equal(got, w.want) {
			return tree
		}
		return nil
	}
	return nil
}

// markRaw notes the actions that came back different, and tells whether another try may help.
func (w *yamlWriter) markRaw(got *source.Node) bool {
	back := map[string]*source.Node{}
	for _, a := range got.Get("actions").Items {
		back[textOf(a.Get("actionId"))] = a
	}
	again := false
	for _, a := range w.want.Get("actions").Items {
		id := a.Get("actionId").Text
		if !source.Equal(a, back[id]) && !w.raw[id] {
			w.raw[id] = true
			again = true
		}
	}
	return again
}

// override puts what differs outside of the actions under flow and flow_without.
func (w *yamlWriter) override(tree, got *source.Node) {
	members, without := source.NewObject(source.Pos{}), source.NewArray(source.Pos{})
	for _, m := range w.want.Members {
		base := got.Get(m.Key)
		if m.Key == "actions" || base != nil && source.Equal(base, m.Value) {
			continue
		}
		value := m.Value
		if m.Key == "customProperties" && value.Kind == source.Object && base != nil {
			value = source.NewObject(m.Value.Pos)
			for _, c := range m.Value.Members {
				if !source.Equal(base.Get(c.Key), c.Value) {
					value.Members = append(value.Members, c)
				}
			}
		}
		members.Set(m.Key, value)
	}
	for _, m := range got.Members {
		if w.want.Get(m.Key) == nil {
			without.Items = append(without.Items, source.NewString(m.Key, source.Pos{}))
		}
	}
	if len(members.Members) > 0 {
		tree.Set("flow", members)
	}
	if len(without.Items) > 0 {
		tree.Set("flow_without", without)
	}
}

// tree writes the short form.
func (w *yamlWriter) tree() *source.Node {
	w.y = newYAMLFlow("", w.openAI, w.opts)
	w.prepare()
	t := source.NewObject(source.Pos{})
	for _, key := range []string{"name", "id", "description"} {
		if v := w.want.Get(key); v != nil && v.Kind == source.String {
			t.Set(key, v)
		}
	}
	typeID := w.want.Get("objectTypeId").Text
	object := typeID
	if known, ok := hubspot.LookupObjectType(typeID); ok && known.ID == typeID {
		object = known.Name
	}
	t.Set("object", source.NewString(object, source.Pos{}))
	if textOf(w.want.Get("isEnabled")) == "true" {
		t.Set("enabled", source.NewBool(true, source.Pos{}))
	}
	if e := w.want.Get("enrollmentCriteria"); e != nil && e.Kind == source.Object {
		t.Set("enroll", w.enroll(e))
	}
	w.leaving(t, typeID)
	if d := w.want.Get("dataSources"); d != nil && d.Kind == source.Array && len(d.Items) > 0 {
		if list := w.dataSources(d); list != nil {
			t.Set("data_sources", list)
		}
	}
	t.Set("steps", w.steps())
	return t
}

// leaving writes what keeps records out or takes them out.
func (w *yamlWriter) leaving(t *source.Node, typeID string) {
	lists, goal, leave := w.want.Get("suppressionListIds"), w.want.Get("goalFilterBranch"), w.want.Get("suppressionFilterBranch")
	if typeID != "0-1" {
		if leave != nil && leave.Kind == source.Object {
			t.Set("suppress_when", w.condition(leave))
		}
		return
	}
	if lists != nil && lists.Kind == source.Array && len(lists.Items) > 0 && w.plain(lists) {
		t.Set("suppress_lists", lists)
	}
	if goal != nil && goal.Kind == source.Object {
		t.Set("goal", w.condition(goal))
	}
}

// plain tells whether a list holds scalars only.
func (w *yamlWriter) plain(list *source.Node) bool {
	for _, it := range list.Items {
		if !it.IsScalar() {
			return false
		}
	}
	return true
}

// check runs a compilation and tells whether it ended without a complaint in what was wanted.
func (w *yamlWriter) check(want *source.Node, compile func() *source.Node) bool {
	w.y.r = &source.Reader{Strict: true}
	w.y.steps = nil
	got := compile()
	return len(w.y.r.Problems) == 0 && got != nil && source.Equal(got, want)
}

func (w *yamlWriter) dataSources(list *source.Node) *source.Node {
	out := source.NewArray(source.Pos{})
	for _, d := range list.Items {
		if d.Kind != source.Object || d.Get("type") == nil || d.Get("type").Kind == source.Null {
			return nil // under flow: as it is
		}
		out.Items = append(out.Items, w.dataSource(d))
	}
	return out
}

func (w *yamlWriter) dataSource(d *source.Node) *source.Node {
	s := source.NewObject(source.Pos{})
	s.Set("name", source.NewString(textOf(d.Get("name")), source.Pos{}))
	object, _ := hubspot.LookupObjectType(textOf(d.Get("objectTypeId")))
	s.Set("object", source.NewString(object.Name, source.Pos{}))
	id := textOf(d.Get("associationTypeId"))
	if id != fmt.Sprint(hubspot.DefaultAssociationType(w.y.object.Name, object.Name)) && source.ValidNumber(id) {
		s.Set("association", source.NewNumber(id, source.Pos{}))
	}
	if category := d.Get("associationCategory"); textOf(category) != definedCategory {
		a := source.NewObject(source.Pos{})
		for _, key := range []string{"associationCategory", "associationTypeId"} {
			if v := d.Get(key); v != nil {
				a.Set(key, v)
			}
		}
		s.Set("association", a)
	}
	if textOf(d.Get("type")) == "ASSOCIATION_TIMESTAMP" {
		s.Set("by", source.NewString("association_time", source.Pos{}))
	}
	if by := d.Get("sortBy"); by != nil {
		s.Set("sort", by)
	}
	if w.check(d, func() *source.Node { return w.y.dataSource(s) }) {
		return s
	}
	return d
}

// enroll writes the enrollment criteria, as the v4 object where the short form has no words for it.
func (w *yamlWriter) enroll(e *source.Node) *source.Node {
	short := source.NewObject(source.Pos{})
	again := textOf(e.Get("shouldReEnroll")) == "true"
	switch textOf(e.Get("type")) {
	case Manual:
		short.Set("manual", source.NewBool(true, source.Pos{}))
		if again {
			short.Set("re_enroll", source.NewBool(true, source.Pos{}))
		}
	case ListBased:
		if b := e.Get("listFilterBranch"); b != nil && b.Kind == source.Object {
			short.Set("when", w.condition(b))
		}
		triggers := w.reEnroll(e.Get("reEnrollmentTriggersFilterBranches"))
		if again && len(triggers.Items) > 0 {
			short.Set("re_enroll", triggers)
		} else if again {
			short.Set("re_enroll", source.NewBool(true, source.Pos{}))
		}
		if textOf(e.Get("unEnrollObjectsNotMeetingCriteria")) == "true" {
			short.Set("unenroll_when_not_met", source.NewBool(true, source.Pos{}))
		}
	}
	o := source.NewObject(source.Pos{})
	o.Set("enroll", short)
	if w.check(e, func() *source.Node {
		out := source.NewObject(source.Pos{})
		w.y.enroll(w.y.r.Object(o, "a workflow"), out)
		return out.Get("enrollmentCriteria")
	}) {
		return short
	}
	raw := source.NewObject(source.Pos{})
	raw.Set("criteria", e)
	return raw
}

func (w *yamlWriter) reEnroll(triggers *source.Node) *source.Node {
	out := source.NewArray(source.Pos{})
	each(triggers, func(b *source.Node) {
		filters := b.Get("filters")
		if filters == nil || len(filters.Items) != 2 {
			return
		}
		property := textOf(filters.Items[0].Get("operation").Get("value"))
		op := w.operator(property, filters.Items[1].Get("operation"))
		if op == nil {
			return
		}
		if textOf(op) == "known" {
			out.Items = append(out.Items, source.NewString(property, source.Pos{}))
			return
		}
		it := source.NewObject(source.Pos{})
		it.Set(property, op)
		out.Items = append(out.Items, it)
	})
	return out
}
