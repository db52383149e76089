package prompttest

import (
	"slices"
	"strings"
	"time"

	"askflow/internal/expect"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// mostMade is how many of a subject's effects the workflow can make for one record, each of its actions once. It is false where
// nothing bounds it: the record comes to one of them again, or has any number of associated records. That branches keep some
// actions apart does not count: an edit of the workflow may join them, and the check is there to notice.
func (c *compiler) mostMade(s Subject, makers []*flow.Action) (float64, bool) {
	most := 0
	for _, a := range makers {
		made := 1
		if s == Associated {
			made = associated(a)
		}
		if made < 0 || c.loops(a) {
			return 0, false
		}
		most += made
	}
	return float64(most), true
}

// associated is with how many records an action associates a new one, -1 for any number.
func associated(a *flow.Action) int {
	specs := a.Field("associations")
	if specs == nil || len(specs.Items) == 0 {
		return 1 // the enrolled record
	}
	for _, spec := range specs.Items {
		if kind := spec.Get("value").Get("type"); kind.IsScalar() && kind.Text == string(hubspot.CopyAssociation) {
			return -1
		}
	}
	return len(specs.Items)
}

// holdsForNone tells whether a check is a maximum alone, which nothing at all meets, too.
func holdsForNone(n *source.Node) bool {
	if n.Kind != source.Object || len(n.Members) != 1 || n.Members[0].Key != "count" {
		return false
	}
	count := n.Members[0].Value
	least := count.Get("min")
	return count.Get("max") != nil && (least == nil || least.Text == "0")
}

// associatedTypes are the object types that new records are associated with; nil where that is not known.
func (c *compiler) associatedTypes(makers []*flow.Action) []string {
	own := c.env.Flow.ObjectType().Name
	types := []string{}
	add := func(name string) {
		if !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	for _, a := range makers {
		specs := a.Field("associations")
		if specs == nil || len(specs.Items) == 0 {
			add(own)
			continue
		}
		for _, spec := range specs.Items {
			r := source.Reader{}
			v := hubspot.ReadValue(&r, spec.Get("value"), "the value of an association")
			switch {
			case r.Problems.HasErrors():
				return nil // the workflow is at fault, which is told elsewhere
			case v == nil || v.Type == hubspot.EnrolledObject:
				add(own)
			case v.Type == hubspot.CopyAssociation:
				if to, ok := v.Source().LeadsTo(own); ok {
					add(to)
				}
			}
		}
	}
	return types
}

// taskDomain is what is known of a task's property.
func (c *compiler) taskDomain(property string, makers []*flow.Action) expect.Domain {
	switch property {
	case "hs_task_type":
		return c.taskWords(property, "task_type", makers)
	case "hs_task_priority":
		return c.taskWords(property, "priority", makers)
	case "hs_timestamp":
		return expect.Domain{Form: dueForm}
	case "hubspot_owner_id":
		return expect.Domain{Usual: c.owners()}
	}
	return expect.Domain{Multiline: true}
}

// taskWords are the options of a property of tasks, and what the workflow's own actions set.
func (c *compiler) taskWords(property, field string, makers []*flow.Action) expect.Domain {
	d := expect.Domain{Optional: true}
	p, _ := c.env.Schema.Of("task").Get(property)
	if len(p.Options) == 0 {
		return d
	}
	for _, o := range p.Options {
		d.Words = append(d.Words, o.Value)
	}
	for _, a := range makers {
		if n := a.Field(field); n.IsScalar() && n.Text != "" && !slices.Contains(d.Words, n.Text) {
			d.Words = append(d.Words, n.Text)
		}
	}
	return d
}

// dueForm tells whether a text can be when a task is due, or a passage of that.
func dueForm(text string, part bool) (bool, string) {
	const layout = "2006-01-02T15:04:05.999Z"
	hint := `a moment is written in UTC: "2026-11-17T08:00:00Z"; for a day, write {starts_with: "2026-11-17"}`
	if part {
		return strings.Trim(text, "0123456789-:.TZ") == "", hint
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		written := t.UTC().Format(layout)
		return written == text, "in UTC that is " + written
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		hint = `to expect a day, write {starts_with: "` + text + `"}`
	}
	return false, hint
}

// owners are the owner ids that the portal's users have, found by name and e-mail address, too.
func (c *compiler) owners() *expect.Usual {
	u := &expect.Usual{Code: "unknown_owner", Kind: "owner id"}
	users := c.env.Users
	for i := range users {
		if users[i].OwnerID != "" {
			u.Texts = append(u.Texts, users[i].OwnerID)
		}
	}
	u.Meant = func(text string) string {
		for i := range users {
			if strings.EqualFold(users[i].Email, text) || strings.EqualFold(users[i].Name, text) {
				return users[i].OwnerID
			}
		}
		return ""
	}
	return u
}

// optionsOf is what is known of the values of a property: the options of an enumeration. Records may hold others all the same.
func optionsOf(p hubspot.Property) expect.Domain {
	d := expect.Domain{Multiline: true}
	if p.Type != hubspot.TypeEnumeration || len(p.Options) == 0 {
		return d
	}
	d.Usual = &expect.Usual{Code: "unknown_option", Kind: "option", Meant: func(text string) string {
		value, _ := p.OptionValue(text)
		return value
	}}
	for _, o := range p.Options {
		d.Usual.Texts = append(d.Usual.Texts, o.Value)
	}
	if p.Multiple {
		d.Usual.Separator = ";"
	}
	return d
}
