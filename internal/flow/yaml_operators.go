package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// operation is one operator on its way to a v4 operation.
type operation struct {
	y         *yamlFlow
	property  string
	operator  string
	pos       source.Pos
	value     *source.Node
	orUnknown bool
	kind      hubspot.PropertyType
	multiple  bool
}

func (op *operation) fail(hint, format string, args ...any) *source.Node {
	op.y.r.Errorf(op.value.Pos, "bad_condition", hint, "%s", "the condition on "+op.property+": "+fmt.Sprintf(format, args...))
	return nil
}

func (op *operation) begin(operationType, operator string) *source.Node {
	n := source.NewObject(op.pos)
	n.Set("operationType", source.NewString(operationType, op.pos))
	n.Set("operator", source.NewString(operator, op.pos))
	n.Set("includeObjectsWithNoValueSet", source.NewBool(op.orUnknown, op.pos))
	return n
}

// scalars are the operator's values; empty after a mistake that was reported.
func (op *operation) scalars() []*source.Node {
	before := len(op.y.r.Problems)
	out := op.y.scalarItems(op.value, op.operator)
	if len(out) == 0 && len(op.y.r.Problems) == before {
		op.fail("", "%s needs a value", op.operator)
	}
	return out
}

func (op *operation) list(operationType, operator string) *source.Node {
	items := op.scalars()
	if len(items) == 0 {
		return nil
	}
	values := source.NewArray(op.value.Pos)
	for _, it := range items {
		if it.Text == "" && operationType == "MULTISTRING" {
			return op.fail("write "+op.property+": known, or "+op.property+": unknown", "%s compares with an empty text", op.operator)
		}
		values.Items = append(values.Items, source.NewString(it.Text, it.Pos))
	}
	n := op.begin(operationType, operator)
	n.Set("values", values)
	return n
}

func (op *operation) single(operationType, operator string) *source.Node {
	items := op.scalars()
	if len(items) == 0 {
		return nil
	}
	if len(items) > 1 {
		return op.fail("write one entry for each value", "%s takes one value here, because %s is not text and no choice", op.operator, op.property)
	}
	it := items[0]
	value := source.NewNumber(it.Text, it.Pos)
	switch {
	case operationType == "BOOL" && (it.Text == "true" || it.Text == "false"):
		value = source.NewBool(it.Text == "true", it.Pos)
	case operationType == "BOOL":
		return op.fail("write true or false", "%s is neither true nor false", show(it))
	case !source.ValidNumber(it.Text):
		return op.fail("", "%s is no number", show(it))
	}
	n := op.begin(operationType, operator)
	n.Set("value", value)
	return n
}

// equality compiles is, is_not, any_of and none_of.
func (op *operation) equality() *source.Node {
	no := op.operator == "is_not" || op.operator == "none_of"
	equal, choice := "IS_EQUAL_TO", "IS_ANY_OF"
	if no {
		equal, choice = "IS_NOT_EQUAL_TO", "IS_NONE_OF"
	}
	plain := op.operator == "is" || op.operator == "is_not"
	switch op.kind {
	case hubspot.TypeNumber:
		return op.single("NUMBER", equal)
	case hubspot.TypeBool:
		return op.single("BOOL", equal)
	case hubspot.TypeDate, hubspot.TypeDatetime:
		return op.day(no)
	case hubspot.TypeEnumeration:
		if op.multiple && plain {
			choice = map[bool]string{false: "IS_EXACTLY", true: "IS_NOT_EXACTLY"}[no]
		}
		return op.list("ENUMERATION", choice)
	case hubspot.TypeString:
		return op.list("MULTISTRING", equal)
	}
	switch {
	case plain && op.value.Kind == source.Bool:
		return op.single("BOOL", equal)
	case plain:
		return op.list("MULTISTRING", equal)
	default:
		return op.list("ENUMERATION", choice)
	}
}

// comparison compiles gt, gte, lt, lte, before and after.
func (op *operation) comparison() *source.Node {
	items := op.scalars()
	if len(items) == 0 {
		return nil
	}
	if len(items) > 1 {
		return op.fail("", "%s takes one value", op.operator)
	}
	date := op.kind == hubspot.TypeDate || op.kind == hubspot.TypeDatetime || op.operator == "before" || op.operator == "after"
	if _, ok := op.point(items[0], false); ok && op.kind != hubspot.TypeNumber {
		date = true
	}
	operator := map[string]string{"gt": "IS_GREATER_THAN", "gte": "IS_GREATER_THAN_OR_EQUAL_TO", "lt": "IS_LESS_THAN", "lte": "IS_LESS_THAN_OR_EQUAL_TO"}[op.operator]
	if !date {
		return op.single("NUMBER", operator)
	}
	operator, endpoint := "IS_AFTER", "EXCLUSIVE"
	if strings.HasPrefix(op.operator, "l") || op.operator == "before" {
		operator = "IS_BEFORE"
	}
	if op.operator == "gte" || op.operator == "lte" {
		endpoint = "INCLUSIVE"
	}
	// A day ends when its last millisecond has passed: after and lte count from there.
	point, ok := op.point(items[0], op.operator == "after" || op.operator == "gt" || op.operator == "lte")
	if !ok {
		return op.fail("write 2026-02-01 or 2026-02-01T09:00", "%s is no date", show(items[0]))
	}
	n := op.begin("TIME_POINT", operator)
	n.Set("timePoint", point)
	n.Set("endpointBehavior", source.NewString(endpoint, op.pos))
	n.Set("propertyParser", source.NewString("VALUE", op.pos))
	n.Set("type", source.NewString("TIME_POINT", op.pos))
	return n
}

// between compiles [low, high], both included.
func (op *operation) between() *source.Node {
	items := op.scalars()
	if len(items) == 0 {
		return nil
	}
	if len(items) != 2 {
		return op.fail("for example between: [10, 20]", "between takes two values, the lower and the upper bound")
	}
	if op.kind != hubspot.TypeDate && op.kind != hubspot.TypeDatetime {
		if source.ValidNumber(items[0].Text) && source.ValidNumber(items[1].Text) {
			n := op.begin("NUMBER_RANGED", "IS_BETWEEN")
			n.Set("lowerBound", source.NewNumber(items[0].Text, items[0].Pos))
			n.Set("upperBound", source.NewNumber(items[1].Text, items[1].Pos))
			return n
		}
		if op.kind == hubspot.TypeNumber {
			return op.fail("for example between: [10, 20]", "the property holds numbers, and %s and %s are not both numbers", show(items[0]), show(items[1]))
		}
	}
	return op.ranged("IS_BETWEEN", items[0], items[1])
}

// day compiles equality with a date: within that day.
func (op *operation) day(no bool) *source.Node {
	items := op.scalars()
	if len(items) == 0 {
		return nil
	}
	if len(items) > 1 {
		return op.fail("write one entry for each date", "%s takes one date", op.operator)
	}
	operator := "IS_BETWEEN"
	if no {
		operator = "IS_NOT_BETWEEN"
	}
	return op.ranged(operator, items[0], items[0])
}

func (op *operation) ranged(operator string, low, high *source.Node) *source.Node {
	from, ok := op.point(low, false)
	if !ok {
		return op.fail("write numbers, or dates as 2026-02-01", "%s is neither a number nor a date that fits", show(low))
	}
	to, ok := op.point(high, true)
	if !ok {
		return op.fail("write numbers, or dates as 2026-02-01", "%s is neither a number nor a date that fits", show(high))
	}
	n := op.begin("TIME_RANGED", operator)
	n.Set("lowerBoundTimePoint", from)
	n.Set("upperBoundTimePoint", to)
	n.Set("lowerBoundEndpointBehavior", source.NewString("INCLUSIVE", op.pos))
	n.Set("upperBoundEndpointBehavior", source.NewString("INCLUSIVE", op.pos))
	n.Set("propertyParser", source.NewString("VALUE", op.pos))
	n.Set("type", source.NewString("TIME_RANGED", op.pos))
	return n
}

// point reads a date or a time as a v4 time point. A date alone is its first millisecond, or its last with end.
func (op *operation) point(n *source.Node, end bool) (*source.Node, bool) {
	zone := ""                                               // the portal's
	if op.y.opt.zone != nil && op.y.opt.zone != time.Local { // Local is no zone's name
		zone = op.y.opt.zone.String()
	}
	t, err := time.Parse(time.RFC3339, n.Text)
	if err == nil {
		t, zone = t.UTC(), "UTC"
	} else {
		for _, layout := range localLayouts() {
			if t, err = time.Parse(layout, n.Text); err == nil {
				break
			}
		}
	}
	if err != nil {
		return nil, false
	}
	if len(n.Text) == len("2026-02-01") && end {
		t = t.Add(24*time.Hour - time.Millisecond)
	}
	out := source.NewObject(n.Pos)
	out.Set("timeType", source.NewString("DATE", n.Pos))
	if zone == "" {
		out.Set("timezoneSource", source.NewString("PORTAL", n.Pos))
	} else {
		out.Set("timezoneSource", source.NewString("CUSTOM", n.Pos))
		out.Set("zoneId", source.NewString(zone, n.Pos))
	}
	for _, part := range []struct {
		key   string
		value int
	}{{"year", t.Year()}, {"month", int(t.Month())}, {"day", t.Day()}, {"hour", t.Hour()}, {"minute", t.Minute()},
		{"second", t.Second()}, {"millisecond", t.Nanosecond() / int(time.Millisecond)}} {
		out.Set(part.key, source.NewNumber(strconv.Itoa(part.value), n.Pos))
	}
	return out, true
}
