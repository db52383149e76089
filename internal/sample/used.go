package sample

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// Used are the properties of the enrolled record that a workflow reads or sets, each once, in the order in which they are
// met: in filters, in data tokens, in values, as targets.
func Used(f *flow.Flow) []string {
	u := &user{own: f.ObjectType(), known: map[string]bool{}}
	u.look(f.Node)
	return u.names
}

type user struct {
	own   hubspot.ObjectType
	names []string
	known map[string]bool
}

// propertyKeys are the members of a flow that name a property of the enrolled record.
var propertyKeys = map[string]bool{
	"property": true, "propertyName": true, "property_name": true, "comparisonPropertyName": true, "appendPropertyName": true, "propertyWithObjectId": true,
	"dateProperty": true, "contactProperty": true, "date_property": true,
}

func (u *user) look(n *source.Node) {
	if n == nil {
		return
	}
	switch n.Kind {
	case source.String:
		u.text(n.Text)
	case source.Array:
		for _, it := range n.Items {
			u.look(it)
		}
	case source.Object:
		if kind := n.Get("filterBranchType"); kind.IsScalar() && kind.Text == "ASSOCIATION" {
			return // these are the properties of others
		}
		for _, m := range n.Members {
			if propertyKeys[m.Key] && m.Value.IsScalar() {
				u.add(m.Value.Text)
				continue
			}
			u.look(m.Value)
		}
	}
}

// text finds the data tokens of a text.
func (u *user) text(s string) {
	if !strings.Contains(s, "{{") && !strings.Contains(s, "enrolled_object") {
		return
	}
	parsed, _ := token.Parse(s)
	refs := parsed.Refs()
	if len(refs) == 0 {
		if ref, problems := token.ParseRef(s); len(problems) == 0 && ref != nil {
			refs = append(refs, *ref)
		}
	}
	for _, ref := range refs {
		if ref.IsEnrolled(u.own.ID) {
			u.add(ref.Property)
		}
	}
}

func (u *user) add(name string) {
	if name != "" && name != "hs_object_id" && !u.known[name] {
		u.known[name] = true
		u.names = append(u.names, name)
	}
}
