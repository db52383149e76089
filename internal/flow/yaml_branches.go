package flow

import (
	"strings"

	"askflow/internal/source"
)

// readBranch reads the arms of branch: a list of {if, name, then} with one {else, name}.
func (y *yamlFlow) readBranch(s *yamlStep) {
	if s.body.Kind != source.Array {
		y.r.Errorf(s.body.Pos, "wrong_type", "for example - if: {state: known}", "branch must be a list of arms, but here stands %s", s.body.Kind)
		return
	}
	for _, it := range s.body.Items {
		o := y.r.Object(it, "an arm of a branch")
		arm := yamlArm{name: y.scalar(o, "name"), pos: it.Pos}
		if o.Has("else") {
			arm.list = y.readList(o.Get("else"), "else")
			if s.other != nil {
				y.r.Errorf(it.Pos, "two_defaults", "keep one", "a branch has one else")
			}
			s.other = &arm
			o.Done()
			continue
		}
		arm.when = o.Get("if")
		if !o.Has("if") && it.Kind == source.Object {
			y.r.Errorf(it.Pos, "missing_key", "write if with a condition, or else", "an arm of a branch needs %q", "if")
		}
		arm.list = y.readList(o.Get("then"), "then")
		s.arms = append(s.arms, arm)
		o.Done()
	}
}

// readBranchOn reads cases, default and default_name, which stand beside branch_on.
func (y *yamlFlow) readBranchOn(s *yamlStep) {
	cases := s.item.Get("cases")
	switch {
	case cases == nil:
		if !s.item.Has("cases") {
			y.r.Errorf(s.pos, "missing_key", "", "branch_on needs %q", "cases")
		}
	case cases.Kind == source.Object:
		for _, m := range cases.Members {
			arm := yamlArm{pos: m.KeyPos, list: y.readList(m.Value, "the steps of "+m.Key)}
			for _, v := range strings.Split(m.Key, ",") {
				arm.values = append(arm.values, source.NewString(strings.TrimSpace(v), m.KeyPos))
			}
			s.arms = append(s.arms, arm)
		}
	case cases.Kind == source.Array:
		for _, it := range cases.Items {
			o := y.r.Object(it, "a case")
			arm := yamlArm{pos: it.Pos, values: y.scalars(o, "is"), list: y.readList(o.Get("then"), "then")}
			if len(arm.values) == 0 && it.Kind == source.Object {
				y.r.Errorf(it.Pos, "missing_key", "for example {is: [A, B], then: []}", "a case needs %q", "is")
			}
			s.arms = append(s.arms, arm)
			o.Done()
		}
	default:
		y.r.Errorf(cases.Pos, "wrong_type", "", "cases must hold steps by value, but here stands %s", cases.Kind)
	}
	name := y.scalar(s.item, "default_name")
	if s.item.Has("default") || name != nil {
		s.other = &yamlArm{name: name, list: y.readList(s.item.Get("default"), "default"), pos: s.item.Pos("default")}
	}
}

// readSplit reads percent and paths.
func (y *yamlFlow) readSplit(s *yamlStep) {
	paths := s.inner.Get("paths")
	if paths == nil || paths.Kind != source.Array {
		y.r.Errorf(s.body.Pos, "wrong_type", "for example paths: [[], []]", "random_split needs paths: a list of lists of steps")
		return
	}
	for _, it := range paths.Items {
		s.arms = append(s.arms, yamlArm{list: y.readList(it, "a path"), pos: it.Pos})
	}
	percent := s.inner.Get("percent")
	if percent == nil || textOf(percent) == splitEqual {
		return
	}
	weights := y.scalarItems(percent, "percent")
	if len(weights) != len(s.arms) {
		y.r.Errorf(percent.Pos, "bad_value", "give one number for each path", "there are %d paths, but %d numbers under percent", len(s.arms), len(weights))
		return
	}
	sum := 0
	for i, w := range weights {
		v, ok := smallID(w.Text)
		if !ok || v > 100 {
			y.r.Errorf(w.Pos, "bad_value", "", "%s is no percentage: a whole number from 0 to 100", show(w))
			return
		}
		sum += v
		s.arms[i].weight = w
	}
	if sum != 100 {
		y.r.Errorf(percent.Pos, "bad_value", "", "the percentages add up to %d, not to 100", sum)
	}
}

// splitEqual is the percent of arms that are equal without saying so in numbers.
const splitEqual = "equal"

func (y *yamlFlow) compileBranch(s *yamlStep, out *source.Node) {
	arms := source.NewArray(s.body.Pos)
	for _, a := range s.arms {
		arm := source.NewObject(a.pos)
		if a.name != nil {
			arm.Set("branchName", source.NewString(a.name.Text, a.name.Pos))
		}
		if a.when != nil {
			arm.Set("filterBranch", y.condition(a.when, "if"))
		}
		setConnection(arm, "connection", a.edge)
		arms.Items = append(arms.Items, arm)
	}
	out.Set("listBranches", arms)
	y.compileDefault(s, out)
}

func (y *yamlFlow) compileBranchOn(s *yamlStep, out *source.Node) {
	out.Set("inputValue", y.value(s.body, "branch_on"))
	arms := source.NewArray(s.item.Pos("cases"))
	seen := map[string]bool{}
	for _, a := range s.arms {
		for _, v := range a.values {
			if seen[v.Text] {
				y.r.Warnf(v.Pos, "duplicate_case", "the first one counts", "the value %q has two cases", v.Text)
			}
			seen[v.Text] = true
			arm := source.NewObject(a.pos)
			arm.Set("branchValue", source.NewString(v.Text, v.Pos))
			setConnection(arm, "connection", a.edge)
			arms.Items = append(arms.Items, arm)
		}
	}
	out.Set("staticBranches", arms)
	y.compileDefault(s, out)
}

// compileDefault writes the default branch. What no arm takes goes on with the next step, as every arm does.
func (y *yamlFlow) compileDefault(s *yamlStep, out *source.Node) {
	edge := s.follow
	if s.other != nil {
		edge = s.other.edge
		if s.other.name != nil {
			out.Set("defaultBranchName", source.NewString(s.other.name.Text, s.other.name.Pos))
		}
	}
	setConnection(out, "defaultBranch", edge)
}

func (y *yamlFlow) compileSplit(s *yamlStep, out *source.Node) {
	arms := source.NewArray(s.body.Pos)
	percent := s.inner.Get("percent")
	for _, a := range s.arms {
		if percent == nil { // the older form: bare connections
			bare := source.NewObject(a.pos)
			if a.edge != nil {
				bare = a.edge.node()
			}
			arms.Items = append(arms.Items, bare)
			continue
		}
		arm := source.NewObject(a.pos)
		setConnection(arm, "connection", a.edge)
		if a.weight != nil {
			arm.Set("percentage", source.NewNumber(a.weight.Text, a.weight.Pos))
		}
		arms.Items = append(arms.Items, arm)
	}
	out.Set("testBranches", arms)
}

// node is the connection object of an edge.
func (e *yamlEdge) node() *source.Node {
	c := source.NewObject(e.pos)
	c.Set("edgeType", source.NewString(e.kind, e.pos))
	c.Set("nextActionId", source.NewString(e.to.id, e.pos))
	return c
}

func setConnection(n *source.Node, key string, e *yamlEdge) {
	if e != nil {
		n.Set(key, e.node())
	}
}
