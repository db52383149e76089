package check

import (
	"slices"
	"strconv"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

func itoa(i int) string { return strconv.Itoa(i) }

// invalidUser is what HubSpot's log says when a notification's user does not exist or is deactivated.
const invalidUser = `HubSpot's log says then: "User was invalid"`

// failsAlways ends findings about actions that HubSpot runs and logs as failed: they keep nothing from running, since the
// failure is what a rehearsal shows.
const failsAlways = "the action fails for every record, and the record goes on"

// tasks checks what a new task is made of.
func (c *checker) tasks() {
	c.each(flow.TypeCreateTask, func(a *flow.Action) {
		if n := a.Field("subject"); n == nil || n.IsScalar() && strings.TrimSpace(n.Text) == "" {
			c.Errorf(fieldPos(a, "subject"), "missing_key", "", "%s needs a subject", c.name(a))
		}
		c.oneOf(a, "task_type", "TODO", "CALL", "EMAIL")
		c.oneOf(a, "priority", "NONE", "LOW", "MEDIUM", "HIGH")
		c.oneOf(a, "use_explicit_associations", "true", "false")
		if n := a.Field("due_time"); n != nil {
			c.delayUnit(a, hubspot.ReadTimeDelay(&c.Reader, n), n.Pos)
		}
		if n := a.Field("owner_assignment"); n != nil {
			c.ownerAssignment(a, n)
		}
		c.associations(a, "task")
	})
}

// oneOf checks a field that holds one of a few words.
func (c *checker) oneOf(a *flow.Action, key string, words ...string) {
	n := a.Field(key)
	if n == nil || n.IsScalar() && n.Text == "" || n.Kind == source.Object && isValue(n) {
		return
	}
	if !n.IsScalar() || !slices.Contains(words, n.Text) {
		hint := "it may be: " + strings.Join(words, ", ")
		if n.IsScalar() && slices.Contains(words, strings.ToUpper(n.Text)) {
			hint = "write " + strings.ToUpper(n.Text)
		}
		c.notKnown(n.Pos, "bad_value", hint, "%s: %s is no known value for %s", c.name(a), quote(n.Text), key)
	}
}

func (c *checker) ownerAssignment(a *flow.Action, n *source.Node) {
	if n.IsScalar() {
		c.owner(a, n.Text, n.Pos)
		return
	}
	o := c.Object(n, "an owner assignment")
	kind := o.String("type")
	value := hubspot.ReadValue(&source.Reader{}, o.Get("value"), "")
	if kind != "CUSTOM" && kind != "" {
		c.Warnf(n.Pos, "not_emulated", "use CUSTOM with an owner id or a property", "%s: the owner assignment %s is not emulated; the task has no owner", c.name(a), quote(kind))
		return
	}
	o.Done()
	if value == nil {
		c.Errorf(n.Pos, "missing_key", "name an owner id, or a property such as hubspot_owner_id", "%s: the owner assignment has no value", c.name(a))
		return
	}
	if t := textNode(value); value.Type == hubspot.StaticValue && t != nil {
		c.owner(a, t.Text, t.Pos)
	}
}

// owner checks an owner id. Tokens are not literal ids; they are checked as text.
func (c *checker) owner(a *flow.Action, id string, pos source.Pos) {
	id = strings.TrimSpace(id)
	if id == "" || strings.Contains(id, "{{") {
		return
	}
	u, ok := c.p.Owner(id)
	switch {
	case ok && u.Deactivated:
		c.Warnf(pos, "deactivated_owner", "choose another owner", "%s: the owner %s (%s) is deactivated", c.name(a), id, u.Name)
	case ok:
	default:
		c.nobody(a, pos, "unknown_owner", id, "owner")
	}
}

// nobody reports an id that portal.yaml's users do not have; a portal without any users may be one whose users nobody
// has written down, which is a warning.
func (c *checker) nobody(a *flow.Action, pos source.Pos, code, id, what string) {
	if len(c.p.Users) == 0 {
		c.Warnf(pos, "no_users", "list them under users in portal.yaml", "%s names the %s %s, but the portal has no users; HubSpot fails the action when there is no such %s", c.name(a), what, quote(id), what)
		return
	}
	hint := c.whoElse(id, what)
	if what == "user" {
		hint = strings.TrimPrefix(hint+"; "+invalidUser, "; ")
	}
	then := failsAlways
	if what == "owner" { // a rehearsal sets it with a warning
		then = "HubSpot fails the action for every record"
	}
	c.Warnf(pos, code, hint, "%s: the portal has no %s %s; %s", c.name(a), what, quote(id), then)
}

// whoElse is the hint for an id that nobody has: whose other id, address or name it is, or who there is. Ids that differ
// in a digit are of different people, so nothing is guessed.
func (c *checker) whoElse(id, what string) string {
	var there []string
	for _, u := range c.p.Users {
		own, other, otherWord := u.ID, u.OwnerID, "an owner id"
		if what == "owner" {
			own, other, otherWord = u.OwnerID, u.ID, "a user id"
		}
		switch {
		case own == "":
			continue
		case other == id:
			return id + " is " + otherWord + "; the " + what + " id of " + u.Name + " is " + own
		case strings.EqualFold(u.Email, id) && id != "":
			return "write the id: " + shorten(id) + " is the " + what + " " + own
		case strings.EqualFold(u.Name, id) && id != "":
			return "write the id: " + u.Name + " is the " + what + " " + own
		}
		if u.Name != "" {
			own += " (" + u.Name + ")"
		}
		there = append(there, own)
	}
	if len(there) == 0 {
		return ""
	}
	return "the " + what + "s are " + short(there)
}

// messages checks notifications and internal emails: somebody gets them, and every receiver exists.
func (c *checker) messages() {
	check := func(a *flow.Action) {
		if c.receivers(a) == 0 {
			c.Errorf(a.Pos, "no_receivers", "name users, teams or an owner property", "%s has nobody to go to", c.name(a))
		}
		subject, body := a.Field("subject"), a.Field("body")
		if empty(subject) && empty(body) {
			c.Errorf(a.Pos, "missing_key", "", "%s has neither a subject nor a body", c.name(a))
		}
	}
	c.each(flow.TypeNotification, func(a *flow.Action) {
		check(a)
		c.oneOf(a, "delivery_method", "APP")
	})
	c.each(flow.TypeInternalEmail, check)
}

func empty(n *source.Node) bool { return n == nil || n.IsScalar() && strings.TrimSpace(n.Text) == "" }

// receivers checks everyone a message goes to and counts them.
func (c *checker) receivers(a *flow.Action) int {
	users, teams, properties := c.scalars(a, "user_ids"), c.scalars(a, "team_ids"), c.scalars(a, "owner_properties")
	for _, n := range users {
		if strings.Contains(n.Text, "{{") {
			continue
		}
		u, ok := c.p.User(n.Text)
		switch {
		case ok && u.Deactivated:
			c.Warnf(n.Pos, "deactivated_user", "choose another user; "+invalidUser, "%s: the user %s (%s) is deactivated; %s", c.name(a), n.Text, u.Name, failsAlways)
		case !ok:
			c.nobody(a, n.Pos, "unknown_user", n.Text, "user")
		}
	}
	known := c.teams()
	for _, n := range teams {
		if !slices.Contains(known, n.Text) && !strings.Contains(n.Text, "{{") {
			c.Warnf(n.Pos, "unknown_team", nearest(n.Text, known), "%s: no user of the portal is in the team %s, so nobody of it is notified", c.name(a), quote(n.Text))
		}
	}
	for _, n := range properties {
		c.property(a, c.object.Name, n.Text, func() source.Pos { return n.Pos })
	}
	return len(users) + len(teams) + len(properties)
}

func (c *checker) teams() []string {
	var names []string
	for _, u := range c.p.Users {
		for _, t := range u.Teams {
			if !slices.Contains(names, t) {
				names = append(names, t)
			}
		}
	}
	return names
}

// scalars are the texts of a list field; a single one counts as a list of one.
func (c *checker) scalars(a *flow.Action, key string) []*source.Node {
	n := a.Field(key)
	if n == nil {
		return nil
	}
	items := n.Items
	if n.IsScalar() {
		items = []*source.Node{n}
	} else if n.Kind != source.Array {
		c.Errorf(n.Pos, "wrong_type", "", "%s: %s must be a list, but here stands %s", c.name(a), key, n.Kind)
	}
	var out []*source.Node
	for _, it := range items {
		switch {
		case !it.IsScalar():
			c.Errorf(it.Pos, "wrong_type", "", "%s: %s must hold text only, but here stands %s", c.name(a), key, it.Kind)
		case it.Text != "":
			out = append(out, it)
		}
	}
	return out
}
