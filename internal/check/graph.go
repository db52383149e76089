package check

import (
	"path"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// HubSpot's limits on branches.
const (
	maxListBranches   = 20
	maxStaticBranches = 250
)

// flowType checks what HubSpot refuses on saving: contact flows enroll contacts, platform flows everything else.
func (c *checker) flowType() {
	f := c.f
	pos := func(key string) source.Pos {
		if n := f.Node.Get(key); n != nil {
			return n.Pos
		}
		return f.Pos
	}
	if _, ok := hubspot.LookupObjectType(f.ObjectTypeID); !ok && f.ObjectTypeID != "" {
		c.Errorf(pos("objectTypeId"), "unknown_object_type", nearest(f.ObjectTypeID, hubspot.ObjectTypeNames()), "%q is no object type", f.ObjectTypeID)
	}
	switch {
	case f.Type == "CONTACT_FLOW" && f.ObjectTypeID != "0-1" && f.ObjectTypeID != "":
		c.Errorf(pos("objectTypeId"), "wrong_flow_type", "make the type PLATFORM_FLOW, or the object type 0-1",
			"a CONTACT_FLOW enrolls contacts (0-1), not %q", f.ObjectTypeID)
	case f.Type == "PLATFORM_FLOW" && f.ObjectTypeID == "0-1":
		c.Errorf(pos("objectTypeId"), "wrong_flow_type", `make the type CONTACT_FLOW; HubSpot says: Expected an object type other than "0-1" objectType but got "0-1"`,
			"a PLATFORM_FLOW enrolls every object but contacts (0-1)")
	case f.Type != "CONTACT_FLOW" && f.Type != "PLATFORM_FLOW" && f.Type != "":
		c.notKnown(pos("type"), "unknown_flow_type", nearest(f.Type, []string{"CONTACT_FLOW", "PLATFORM_FLOW"}), "%q is no known type of workflow; its objectTypeId says what it enrolls", f.Type)
	}
}

func (c *checker) start() {
	f := c.f
	pos := f.Pos
	if n := f.Node.Get("startActionId"); n != nil {
		pos = n.Pos
	}
	switch {
	case len(f.Actions) == 0:
		c.Warnf(f.Pos, "no_actions", "add a step", "the workflow has no actions: every record enrolls and is done")
	case f.StartActionID == "":
		hint := "set startActionId to the first action's id"
		if !strings.EqualFold(path.Ext(f.File), ".json") {
			hint = "put an action first: steps that begin with the end of the workflow have none"
		}
		c.Errorf(pos, "missing_start", hint, "the workflow does not say with which action it starts")
	case f.Action(f.StartActionID) == nil:
		c.Errorf(pos, "unknown_start", nearest(f.StartActionID, c.ids), "the workflow starts with action %s, which does not exist", quote(f.StartActionID))
	}
}

func (c *checker) edges() {
	for _, d := range c.order.graph.Dangling {
		a := c.f.Action(d.ActionID)
		if a == nil || d.To == "" { // the start, and what reading the connection has reported
			continue
		}
		arm := ""
		if d.Arm != "" {
			arm = ", branch " + quote(d.Arm) + ","
		}
		c.Errorf(d.Pos, "unknown_next", nearest(d.To, c.ids), "%s%s leads to action %s, which does not exist", c.name(a), arm, quote(d.To))
	}
}

// unreachable names the actions that no record can get to. HubSpot keeps them; they are usually left over.
func (c *checker) unreachable() {
	if c.f.Action(c.f.StartActionID) == nil {
		return
	}
	for _, id := range c.order.graph.Unreachable {
		if a := c.f.Action(id); a != nil {
			c.Warnf(a.Pos, "unreachable_action", "connect it, or delete it", "%s is never reached", c.name(a))
		}
	}
}

// loops without a delay would go round at once; HubSpot stops such records, and askflow does after many visits.
func (c *checker) loops() {
	for _, loop := range c.order.graph.Cycles {
		c.Warnf(loop.Pos, "loop_without_delay", "put a delay into the loop, or let a branch leave it",
			"the actions %s form a loop without a delay", short(loop.ActionIDs))
	}
}

// branches checks limits and default arms: without a default, records that match nothing end silently.
func (c *checker) branches() {
	for _, a := range c.f.Actions {
		switch a.Type {
		case flow.ListBranchType:
			c.branchCount(a, len(a.ListBranches), maxListBranches)
		case flow.StaticBranchType:
			c.branchCount(a, len(a.StaticBranches), maxStaticBranches)
			c.branchInput(a)
		case flow.ABTestBranch:
			c.randomSplit(a)
			continue
		default:
			continue
		}
		if a.DefaultBranch == nil && c.goesOn(a) && !c.meantToEnd(a) {
			c.Warnf(a.Pos, "missing_default_branch", "connect the default branch, or make sure that one of the branches always matches",
				"%s has no default branch: HubSpot ends the workflow for a record that matches none of its branches, and says nothing", c.name(a))
		}
	}
}

// goesOn tells whether any arm leads somewhere; a branch at the end of a path needs no default.
func (c *checker) goesOn(a *flow.Action) bool { return len(a.Edges()) > 0 }

// meantToEnd tells whether the author named a default that leads nowhere. In JSON that says nothing: HubSpot's editor
// names every default.
func (c *checker) meantToEnd(a *flow.Action) bool {
	return a.DefaultBranchName != "" && c.text.style == token.YAML
}

func (c *checker) branchCount(a *flow.Action, n, most int) {
	if n > most {
		c.Errorf(a.Pos, "too_many_branches", "split it into several branches", "%s has %d branches; HubSpot takes at most %d", c.name(a), n, most)
	}
	if n == 0 {
		c.Warnf(a.Pos, "no_branches", "add a branch, or delete the action", "%s has no branches: every record takes the default", c.name(a))
	}
}

func (c *checker) branchInput(a *flow.Action) {
	if a.Input == nil {
		c.Errorf(a.Pos, "missing_key", "say which property or which action output decides", "%s needs an inputValue", c.name(a))
	}
	seen := map[string]bool{}
	for _, b := range a.StaticBranches {
		if seen[b.Value] {
			c.Warnf(b.Pos, "duplicate_branch", "delete it", "%s has two branches for %q; the first one is taken", c.name(a), b.Value)
		}
		seen[b.Value] = true
	}
}

// randomSplit: the arms' percentages must make 100, where an export has them.
func (c *checker) randomSplit(a *flow.Action) {
	if len(a.TestBranches) < 2 {
		c.Warnf(a.Pos, "no_branches", "add an arm", "%s has %d arm(s); a split needs two", c.name(a), len(a.TestBranches))
	}
	total, set := 0, 0
	for _, b := range a.TestBranches {
		if b.Percentage >= 0 {
			total += b.Percentage
			set++
		}
	}
	if set > 0 && (set < len(a.TestBranches) || total != 100) {
		c.Errorf(a.Pos, "bad_percentages", "give every arm a percentage; together they must be 100", "the arms of %s add up to %d percent", c.name(a), total)
	}
}

// branchLiterals: HubSpot compares a branch's value as it stands and renders no tokens in it.
func (c *checker) branchLiterals() {
	for _, a := range c.f.Actions {
		for _, b := range a.StaticBranches {
			if strings.Contains(b.Value, "{{") {
				c.Errorf(b.Pos, "token_in_branch", "write the value itself; compare with another property in an if/then branch",
					"%s compares with %q, but a branch value is taken as it stands: tokens in it are not rendered", c.name(a), b.Value)
			}
		}
	}
}
