package flow

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Option tells the YAML form about the portal it is read in. Without options, an operator's kind follows from its value.
type Option func(*options)

type options struct {
	property func(objectType, property string) (hubspot.Property, bool)
	zone     *time.Location
	// assistants are the portal's, for hints.
	assistants []string
}

// WithAssistants names the portal's assistants, for the hint of a step that asks nobody.
func WithAssistants(ids []string) Option {
	return func(o *options) { o.assistants = ids }
}

// WithProperties lets one-line filters follow the types of the portal's properties. objectType is the object type's name.
func WithProperties(lookup func(objectType, property string) (hubspot.Property, bool)) Option {
	return func(o *options) { o.property = lookup }
}

// WithTimeZone says which zone times without one are in. Filters then name the zone, and delay_until holds the moment in
// epoch milliseconds, as HubSpot keeps them.
func WithTimeZone(zone *time.Location) Option {
	return func(o *options) { o.zone = zone }
}

// yamlFlow is one workflow being read from the short form.
type yamlFlow struct {
	r      *source.Reader
	openAI OpenAIAction
	opt    options
	object hubspot.ObjectType
	steps  []*yamlStep // in document order, arms before what follows
	byName map[string]*yamlStep
	byID   map[string]*yamlStep
}

func newYAMLFlow(file string, openAI OpenAIAction, opts []Option) *yamlFlow {
	y := &yamlFlow{r: &source.Reader{File: file, Strict: true}, openAI: openAI, byName: map[string]*yamlStep{}, byID: map[string]*yamlStep{}}
	for _, o := range opts {
		o(&y.opt)
	}
	return y
}

// FromYAML turns the short form into a v4 flow object whose nodes keep the YAML file's positions. It is nil when the
// problems hold an error. Reading is strict: a key that means nothing is an error.
func FromYAML(file string, n *source.Node, openAI OpenAIAction, opts ...Option) (*source.Node, source.Problems) {
	y := newYAMLFlow(file, openAI, opts)
	v4 := y.flow(n)
	if y.r.Problems.HasErrors() {
		return nil, y.r.Problems
	}
	return v4, y.r.Problems
}

func (y *yamlFlow) flow(n *source.Node) *source.Node {
	if n == nil || n.Kind != source.Object {
		pos, what := source.Pos{}, "nothing"
		if n != nil {
			pos, what = n.Pos, n.Kind.String()
		}
		y.r.Errorf(pos, "not_a_flow", "docs/formats.md shows one", "a workflow must be an object, but here stands %s", what)
		return nil
	}
	if n.Get("actions") != nil && n.Get("steps") == nil {
		y.r.Errorf(n.Pos, "not_a_flow", "save it as .json, or put it under the key flow", "this looks like HubSpot's v4 object, not like askflow's short form")
		return nil
	}
	o := y.r.Object(n, "a workflow")
	raw := o.Get("flow")
	if raw != nil && raw.Kind != source.Object {
		y.r.Errorf(raw.Pos, "wrong_type", "", "flow holds members of the v4 object, but here stands %s", raw.Kind)
		return nil
	}
	if raw != nil && (len(n.Members) == 1 || raw.Get("actions") != nil) {
		return y.whole(n, raw)
	}
	out := y.head(o, raw)
	y.body(o, out)
	y.enroll(o, out)
	y.override(o, raw, out)
	o.Done()
	return Canonical(out)
}

// whole takes the v4 object that stands under flow: as it is, because it is all there is or because it has actions.
func (y *yamlFlow) whole(n, raw *source.Node) *source.Node {
	for _, m := range n.Members {
		if m.Key != "flow" {
			y.r.Errorf(m.KeyPos, "unknown_key", "take it out, or take actions out of flow", "a flow with actions is the whole workflow; %q beside it has no effect", m.Key)
		}
	}
	return Canonical(raw)
}

// head makes the members that need nothing but their own key.
func (y *yamlFlow) head(o *source.Fields, raw *source.Node) *source.Node {
	out := source.NewObject(o.Node.Pos)
	typeID := y.objectTypeID(o, raw)
	contact := typeID.Text == "0-1"
	flowType := "PLATFORM_FLOW"
	if contact {
		flowType = "CONTACT_FLOW"
	}
	y.copyText(o, "id", out, "id")
	out.Set("type", source.NewString(flowType, typeID.Pos))
	out.Set("flowType", source.NewString("WORKFLOW", o.Node.Pos))
	y.copyText(o, "name", out, "name")
	y.copyText(o, "description", out, "description")
	out.Set("objectTypeId", typeID)
	out.Set("isEnabled", source.NewBool(o.Bool("enabled", false), o.Pos("enabled")))
	for _, key := range []string{"timeWindows", "blockedDates"} {
		out.Set(key, source.NewArray(o.Node.Pos))
	}
	out.Set("dataSources", y.dataSources(o))
	lists := source.NewArray(o.Pos("suppress_lists"))
	for _, it := range y.scalars(o, "suppress_lists") {
		id := source.NewString(it.Text, it.Pos)
		if source.ValidNumber(it.Text) {
			id = source.NewNumber(it.Text, it.Pos)
		}
		lists.Items = append(lists.Items, id)
	}
	goal, leave := o.Get("goal"), o.Get("suppress_when")
	if contact {
		out.Set("suppressionListIds", lists)
		out.Set("canEnrollFromSalesforce", source.NewBool(false, o.Node.Pos))
		if goal != nil {
			out.Set("goalFilterBranch", y.condition(goal, "goal"))
		}
		if leave != nil {
			y.r.Errorf(leave.Pos, "wrong_object", "contact workflows have suppress_lists and goal", "suppress_when is not for contact workflows")
		}
		return out
	}
	if len(lists.Items) > 0 {
		y.r.Errorf(lists.Pos, "wrong_object", "use suppress_when", "suppress_lists is for contact workflows only")
	}
	if goal != nil {
		y.r.Errorf(goal.Pos, "wrong_object", "", "only contact workflows have a goal")
	}
	if leave != nil {
		out.Set("suppressionFilterBranch", y.condition(leave, "suppress_when"))
	}
	return out
}

var objectTypeID = regexp.MustCompile(`^[0-9]+-[0-9]+$`)

func (y *yamlFlow) objectTypeID(o *source.Fields, raw *source.Node) *source.Node {
	n := o.Get("object")
	if n == nil {
		n = raw.Get("objectTypeId")
	}
	if n == nil {
		y.r.Errorf(o.Node.Pos, "missing_key", "for example object: contact", "a workflow needs %q", "object")
		n = source.NewString("0-1", o.Node.Pos)
	}
	id := y.objectType(n)
	y.object, _ = hubspot.LookupObjectType(id.Text)
	if y.object.ID == "" {
		y.object = hubspot.ObjectType{ID: id.Text, Name: id.Text}
	}
	return id
}

// objectType turns a name into an object type id.
func (y *yamlFlow) objectType(n *source.Node) *source.Node {
	if t, ok := hubspot.LookupObjectType(textOf(n)); ok {
		return source.NewString(t.ID, n.Pos)
	}
	if !n.IsScalar() || !objectTypeID.MatchString(n.Text) {
		hint := "use contact, company, deal, ticket or another object type's name or id"
		if near := source.Nearest(textOf(n), hubspot.ObjectTypeNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		y.r.Errorf(n.Pos, "unknown_object_type", hint, "%s is no object type", show(n))
	}
	return source.NewString(textOf(n), n.Pos)
}

// body reads the steps and makes actions, start and the names that belong to them.
func (y *yamlFlow) body(o *source.Fields, out *source.Node) {
	steps := o.Get("steps")
	list := y.readList(steps, "steps")
	y.number()
	start := y.connect(list, nil)
	actions := source.NewArray(o.Pos("steps"))
	names := source.NewObject(o.Node.Pos)
	highest := 0
	for _, s := range y.steps {
		actions.Items = append(actions.Items, y.compile(s))
		if s.name != "" {
			names.Members = append(names.Members, source.Member{Key: StepNamePrefix + s.id, KeyPos: s.idPos, Value: source.NewString(s.name, s.idPos)})
		}
		if id, ok := smallID(s.id); ok {
			highest = max(highest, id)
		}
	}
	if start != nil {
		if start.kind == EdgeGoto {
			y.r.Errorf(start.pos, "bad_step", "use next", "a workflow cannot start with go_to")
		}
		out.Set("startActionId", source.NewString(start.to.id, start.pos))
	}
	out.Set("nextAvailableActionId", source.NewString(strconv.Itoa(highest+1), o.Node.Pos))
	out.Set("actions", actions)
	out.Set("customProperties", names)
}

// override lays the members under flow: over the object and takes out what flow_without: lists.
func (y *yamlFlow) override(o *source.Fields, raw, out *source.Node) {
	if raw != nil {
		for _, m := range raw.Members {
			if base := out.Get(m.Key); m.Key == "customProperties" && base != nil && m.Value.Kind == source.Object {
				for _, c := range m.Value.Members {
					base.Set(c.Key, c.Value.Clone())
				}
				continue
			}
			out.Set(m.Key, m.Value.Clone())
		}
	}
	for _, it := range y.scalars(o, "flow_without") {
		if it.Text == "actions" {
			y.r.Errorf(it.Pos, "bad_value", "", "a workflow cannot be without actions")
			continue
		}
		out.Delete(it.Text)
	}
}

// copyText copies a text member when it is there.
func (y *yamlFlow) copyText(o *source.Fields, key string, out *source.Node, member string) {
	if n := y.scalar(o, key); n != nil {
		out.Set(member, source.NewString(n.Text, n.Pos))
	}
}

// scalar reads a member that must be a scalar; nil when it is missing or something else.
func (y *yamlFlow) scalar(o *source.Fields, key string) *source.Node {
	n := o.Get(key)
	if n == nil {
		return nil
	}
	if !n.IsScalar() {
		y.r.Errorf(n.Pos, "wrong_type", "", "%q must be text, but here stands %s", key, n.Kind)
		return nil
	}
	return n
}

// scalars reads a list of scalars, or one scalar.
func (y *yamlFlow) scalars(o *source.Fields, key string) []*source.Node {
	return y.scalarItems(o.Get(key), key)
}

func (y *yamlFlow) scalarItems(n *source.Node, what string) []*source.Node {
	switch {
	case n == nil:
		return nil
	case n.IsScalar():
		return []*source.Node{n}
	case n.Kind != source.Array:
		y.r.Errorf(n.Pos, "wrong_type", "", "%q must be a list, but here stands %s", what, n.Kind)
		return nil
	}
	out := make([]*source.Node, 0, len(n.Items))
	for _, it := range n.Items {
		if !it.IsScalar() {
			y.r.Errorf(it.Pos, "wrong_type", "", "%q must hold text only, but here stands %s", what, it.Kind)
			continue
		}
		out = append(out, it)
	}
	return out
}

// show quotes a node for a message, shortened.
func show(n *source.Node) string {
	if !n.IsScalar() {
		return n.Kind.String()
	}
	t := []rune(n.Text)
	if len(t) > 40 {
		t = append(t[:40], '…')
	}
	return strconv.Quote(string(t))
}
