package check

import (
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// texts checks the tokens in every text of the actions that run.
func (c *checker) texts() {
	for _, a := range c.f.Actions {
		if a.Type == flow.WebhookType && a.Webhook != nil {
			if n := a.Node.Get("webhookUrl"); n.IsScalar() {
				c.text1(a, n)
			}
		}
		if a.Type != flow.SingleConnection || !c.kinds.Of(a).Emulated {
			continue
		}
		for _, m := range a.Fields.Members {
			c.textsIn(a, m.Value, 0)
		}
	}
}

// textsIn walks a field down to its texts; value objects are checked as values.
func (c *checker) textsIn(a *flow.Action, n *source.Node, depth int) {
	if n == nil || depth > maxFieldDepth {
		return
	}
	switch n.Kind {
	case source.String:
		c.text1(a, n)
	case source.Array:
		for _, it := range n.Items {
			c.textsIn(a, it, depth+1)
		}
	case source.Object:
		if isValue(n) {
			return
		}
		for _, m := range n.Members {
			c.textsIn(a, m.Value, depth+1)
		}
	}
}

// maxFieldDepth bounds how deep fields are looked into; HubSpot's nest three levels.
const maxFieldDepth = 20

// text1 checks the tokens of one text.
func (c *checker) text1(a *flow.Action, n *source.Node) {
	if !strings.Contains(n.Text, "{{") {
		return
	}
	tmpl, problems := token.Parse(n.Text)
	for _, p := range problems {
		c.Errorf(c.text.place(n, p.Offset), p.Code, p.Hint, "%s: %s", c.name(a), p.Message)
	}
	for _, ref := range tmpl.Refs() {
		c.ref(a, &ref, func() source.Pos { return c.text.place(n, ref.Offset) })
	}
}

// ref checks what one token points at. pos is asked only when there is something to say.
func (c *checker) ref(a *flow.Action, ref *token.Ref, pos func() source.Pos) {
	switch {
	case ref.IsEnrolled(c.f.ObjectTypeID):
		c.property(a, c.object.Name, ref.Property, pos)
	case ref.Kind == token.AssociatedObject:
		c.associatedRef(a, ref, pos)
	case ref.Kind == token.FetchedObject:
		c.fetchedRef(a, ref, pos)
	case ref.Kind == token.ActionOutput:
		c.output(a, ref.Name, ref.Property, pos)
	}
}

// associatedRef checks the older {{ _0_2.name }}.
func (c *checker) associatedRef(a *flow.Action, ref *token.Ref, pos func() source.Pos) {
	t, ok := hubspot.LookupObjectType(ref.Name)
	if !ok {
		c.Errorf(pos(), "unknown_object_type", "", "%s: the token %s names the object type %s, which does not exist", c.name(a), ref, ref.Name)
		return
	}
	c.property(a, t.Name, ref.Property, pos)
}

func (c *checker) fetchedRef(a *flow.Action, ref *token.Ref, pos func() source.Pos) {
	d := c.f.DataSource(ref.Name)
	if d == nil {
		var names []string
		for _, d := range c.f.DataSources {
			names = append(names, d.Name)
		}
		hint := nearest(ref.Name, names)
		if len(names) == 0 {
			hint = "the workflow has no data sources; add one under data_sources"
		}
		c.Errorf(pos(), "unknown_data_source", hint, "%s: there is no data source %s", c.name(a), quote(ref.Name))
		return
	}
	if t, ok := hubspot.LookupObjectType(d.ObjectTypeID); ok {
		c.property(a, t.Name, ref.Property, pos)
	}
}

// property checks that an object type has a property. A type without any definitions takes every name.
func (c *checker) property(a *flow.Action, objectType, name string, pos func() source.Pos) (hubspot.Property, bool) {
	props := c.opt.Schema.Of(objectType)
	if props == nil || name == "" || name == "hs_object_id" {
		return hubspot.Property{}, false
	}
	p, ok := props.Get(name)
	if ok {
		return p, true
	}
	hint := nearest(name, props.Names())
	if byLabel, found := props.Find(name); found {
		hint = "workflows use internal names: " + byLabel.Name
	}
	if hint == "" {
		hint = "define it in records/properties.yaml"
	}
	t, _ := hubspot.LookupObjectType(objectType)
	c.Errorf(pos(), "unknown_property", hint, "%s: %s have no property %s", c.name(a), t.Plural, quote(name))
	return hubspot.Property{}, false
}

// output checks a reference to another action's output: the action exists, has run by then, and has such an output.
func (c *checker) output(a *flow.Action, idOrName, key string, pos func() source.Pos) {
	from := c.f.ActionByName(idOrName)
	if from == nil {
		c.Errorf(pos(), "unknown_action", nearest(idOrName, c.names), "%s reads an output of %s, but there is no such action", c.name(a), quote(idOrName))
		return
	}
	switch {
	case from == a && c.order.graph.Reachable(a.ID):
		c.readsItself(a, pos)
		return
	case !c.order.graph.Reachable(a.ID), c.order.always(from.ID, a.ID): // what nothing reaches is reported as that
	case !c.order.sometimes(from.ID, a.ID):
		c.Errorf(pos(), "output_not_yet_there", "move the action that makes the output before the one that reads it",
			"%s reads an output of %s, which does not run before it on any path", c.name(a), c.name(from))
		return
	default:
		c.Warnf(pos(), "output_not_on_every_path", "the output is missing for records that come another way",
			"%s reads an output of %s, which does not run before it on every path", c.name(a), c.name(from))
	}
	kind := c.kinds.Of(from)
	if key == flow.ExecutionState {
		return
	}
	switch {
	case len(kind.Outputs) == 0 && !kind.Emulated: // which outputs it has is not known here
	case !slices.Contains(kind.Outputs, key):
		c.Errorf(pos(), "unknown_output", nearest(key, append([]string{flow.ExecutionState}, kind.Outputs...)), "%s has no output %s", c.name(from), quote(key))
		return
	}
	if kind.Emulated {
		return
	}
	pin := from.Display()
	if len(kind.Outputs) != 1 {
		pin += "." + key
	}
	c.Warnf(pos(), "output_of_skipped_action", "give it a text for the run: --pin "+pin+"=TEXT",
		"%s reads an output of %s, which is skipped: it will be missing", c.name(a), c.name(from))
}

// readsItself: an action that reads its own output finds none, but where a loop leads back to it.
func (c *checker) readsItself(a *flow.Action, pos func() source.Pos) {
	if c.order.sometimes(a.ID, a.ID) {
		c.Warnf(pos(), "output_not_on_every_path", "the output is missing the first time", "%s reads its own output, which is there only when the record comes to it again", c.name(a))
		return
	}
	c.Errorf(pos(), "output_not_yet_there", "read a property, or an output of an action that runs before it", "%s reads its own output, which is not there before it has run", c.name(a))
}
