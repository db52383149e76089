package filter

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// operationKind is what one operationType takes.
type operationKind struct {
	operators []string
	types     []hubspot.PropertyType // nil: every type
	// compile makes the test; it reports what is wrong and returns nil then. Nil for presence and for what a fixture
	// cannot tell.
	compile func(c *compiler, t target) test
}

// target is one operation on its way to a test.
type target struct {
	prop     hubspot.Property
	op       *hubspot.Operation
	operator string // history forms replaced by the ones that look at the current value
	// comparison is the property of COMPARATIVE_* operations.
	comparison hubspot.Property
	scope      scope
}

var (
	textTypes = []hubspot.PropertyType{hubspot.TypeString, hubspot.TypePhone}
	// Checkboxes are bool in some definitions and an enumeration of true and false in others.
	enumTypes   = []hubspot.PropertyType{hubspot.TypeEnumeration, hubspot.TypeBool}
	dateTypes   = []hubspot.PropertyType{hubspot.TypeDate, hubspot.TypeDatetime}
	numberTypes = []hubspot.PropertyType{hubspot.TypeNumber}
)

// operationKinds is every operationType. It is never changed.
var operationKinds = map[string]operationKind{
	"ALL_PROPERTY": {operators: []string{"IS_KNOWN", "IS_UNKNOWN", "IS_BLANK", "IS_NOT_BLANK"}},
	"STRING": {
		operators: []string{"IS_EQUAL_TO", "IS_NOT_EQUAL_TO", "CONTAINS", "DOES_NOT_CONTAIN", "STARTS_WITH", "ENDS_WITH",
			"HAS_EVER_BEEN_EQUAL_TO", "HAS_NEVER_BEEN_EQUAL_TO", "HAS_EVER_CONTAINED", "HAS_NEVER_CONTAINED"},
		types: textTypes, compile: compileText,
	},
	"MULTISTRING": {
		operators: []string{"IS_EQUAL_TO", "IS_NOT_EQUAL_TO", "CONTAINS", "DOES_NOT_CONTAIN", "CONTAINS_EXACTLY",
			"DOES_NOT_CONTAIN_EXACTLY", "STARTS_WITH", "ENDS_WITH", "HAS_EVER_BEEN_EQUAL_TO", "HAS_NEVER_BEEN_EQUAL_TO"},
		types: textTypes, compile: compileText,
	},
	"ENUMERATION": {
		operators: []string{"IS_ANY_OF", "IS_NONE_OF", "IS_EXACTLY", "IS_NOT_EXACTLY", "CONTAINS_ALL", "DOES_NOT_CONTAIN_ALL",
			"HAS_EVER_BEEN_ANY_OF", "HAS_NEVER_BEEN_ANY_OF", "HAS_EVER_BEEN_EXACTLY", "HAS_NEVER_BEEN_EXACTLY",
			"HAS_EVER_CONTAINED_ALL", "HAS_NEVER_CONTAINED_ALL"},
		types: enumTypes, compile: compileEnum,
	},
	"NUMBER": {
		operators: []string{"IS_EQUAL_TO", "IS_NOT_EQUAL_TO", "IS_GREATER_THAN", "IS_GREATER_THAN_OR_EQUAL_TO", "IS_LESS_THAN",
			"IS_LESS_THAN_OR_EQUAL_TO", "HAS_EVER_BEEN_EQUAL_TO", "HAS_NEVER_BEEN_EQUAL_TO"},
		types: numberTypes, compile: compileNumber,
	},
	"NUMBER_RANGED": {operators: []string{"IS_BETWEEN", "IS_NOT_BETWEEN"}, types: numberTypes, compile: compileNumberRange},
	"BOOL": {
		operators: []string{"IS_EQUAL_TO", "IS_NOT_EQUAL_TO", "HAS_EVER_BEEN_EQUAL_TO", "HAS_NEVER_BEEN_EQUAL_TO"},
		types:     enumTypes, compile: compileBool,
	},
	"DATETIME":    {operators: []string{"IS_EQUAL_TO", "IS_BEFORE_DATE", "IS_AFTER_DATE", "IS_BEFORE", "IS_AFTER"}, types: dateTypes, compile: compileDatetime},
	"RANGED_DATE": {operators: []string{"IS_BETWEEN", "IS_NOT_BETWEEN"}, types: dateTypes, compile: compileRangedDate},
	"ROLLING_DATE_RANGE": {
		operators: []string{"IS_LESS_THAN_X_DAYS_AGO", "IS_MORE_THAN_X_DAYS_AGO", "IS_LESS_THAN_X_DAYS_FROM_NOW", "IS_MORE_THAN_X_DAYS_FROM_NOW"},
		types:     dateTypes, compile: compileRolling,
	},
	"ROLLING_PROPERTY_UPDATED":     {operators: []string{"UPDATED_IN_LAST_X_DAYS", "NOT_UPDATED_IN_LAST_X_DAYS"}},
	"COMPARATIVE_DATE":             {operators: []string{"IS_BEFORE", "IS_AFTER"}, types: dateTypes, compile: compileComparativeDate},
	"COMPARATIVE_PROPERTY_UPDATED": {operators: []string{"IS_BEFORE", "IS_AFTER"}},
	"COMPARATIVE_STRING":           {operators: []string{"IS_EQUAL_TO"}, types: textTypes, compile: compileComparativeString},
	"CALENDAR_DATE": {
		operators: []string{"IN_THIS_TIME_UNIT", "IN_THIS_TIME_UNIT_SO_FAR", "IN_NEXT_TIME_UNIT", "IN_LAST_TIME_UNIT"},
		types:     dateTypes, compile: compileCalendar,
	},
	"TIME_POINT":  {operators: []string{"IS_BEFORE", "IS_AFTER"}, types: dateTypes, compile: compileTimePoint},
	"TIME_RANGED": {operators: []string{"IS_BETWEEN", "IS_NOT_BETWEEN"}, types: dateTypes, compile: compileTimeRange},
}

// historyForms maps operators that ask about the past onto the ones that ask about the current value.
var historyForms = map[string]string{
	"HAS_EVER_BEEN_EQUAL_TO": "IS_EQUAL_TO", "HAS_NEVER_BEEN_EQUAL_TO": "IS_NOT_EQUAL_TO",
	"HAS_EVER_CONTAINED": "CONTAINS", "HAS_NEVER_CONTAINED": "DOES_NOT_CONTAIN",
	"HAS_EVER_BEEN_ANY_OF": "IS_ANY_OF", "HAS_NEVER_BEEN_ANY_OF": "IS_NONE_OF",
	"HAS_EVER_BEEN_EXACTLY": "IS_EXACTLY", "HAS_NEVER_BEEN_EXACTLY": "IS_NOT_EXACTLY",
	"HAS_EVER_CONTAINED_ALL": "CONTAINS_ALL", "HAS_NEVER_CONTAINED_ALL": "DOES_NOT_CONTAIN_ALL",
}

// misspelled maps operators that people write onto candidates, of which the operationType has one.
var misspelled = map[string][]string{
	"IS_NOT_KNOWN": {"IS_UNKNOWN"}, "NOT_HAS_PROPERTY": {"IS_UNKNOWN"}, "HAS_PROPERTY": {"IS_KNOWN"}, "IS_EMPTY": {"IS_UNKNOWN"}, "IS_NOT_EMPTY": {"IS_KNOWN"},
	"IS_EQUAL_TO": {"IS_ANY_OF"}, "IS": {"IS_EQUAL_TO", "IS_ANY_OF"}, "EQ": {"IS_EQUAL_TO", "IS_ANY_OF"}, "EQUALS": {"IS_EQUAL_TO", "IS_ANY_OF"},
	"IS_NOT_EQUAL_TO": {"IS_NONE_OF"}, "IS_NOT": {"IS_NOT_EQUAL_TO", "IS_NONE_OF"}, "NEQ": {"IS_NOT_EQUAL_TO", "IS_NONE_OF"}, "IS_NOT_ANY_OF": {"IS_NONE_OF", "IS_NOT_EQUAL_TO"},
	"IN": {"IS_ANY_OF", "IS_EQUAL_TO"}, "IS_ANY_OF": {"IS_EQUAL_TO"}, "NOT_IN": {"IS_NONE_OF", "IS_NOT_EQUAL_TO", "NOT_IN_LIST"}, "IS_NONE_OF": {"IS_NOT_EQUAL_TO"},
	"GT": {"IS_GREATER_THAN"}, "GTE": {"IS_GREATER_THAN_OR_EQUAL_TO"}, "LT": {"IS_LESS_THAN"}, "LTE": {"IS_LESS_THAN_OR_EQUAL_TO"},
	"BETWEEN": {"IS_BETWEEN"}, "CONTAINS_TOKEN": {"CONTAINS"}, "NOT_CONTAINS": {"DOES_NOT_CONTAIN"}, "NOT_CONTAINS_TOKEN": {"DOES_NOT_CONTAIN"},
	"IS_GREATER_THAN": {"IS_AFTER"}, "IS_LESS_THAN": {"IS_BEFORE"},
}

func operatorHint(operator string, known []string) string {
	for _, candidate := range misspelled[operator] {
		if slices.Contains(known, candidate) {
			return "use " + candidate
		}
	}
	if near := source.Nearest(operator, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "use " + list(known, func(s string) string { return s })
}

// condition compiles one operation on a property; pos is where the property is named.
func (c *compiler) condition(property string, pos source.Pos, op *hubspot.Operation, s scope) node {
	prop, defined := c.property(property, pos, s)
	comparison, known := hubspot.Property{}, true
	if op.ComparisonProperty != "" {
		comparison, known = c.property(op.ComparisonProperty, op.Pos, s)
	}
	if !defined || !known {
		return &fixed{unknown, "the filter on " + show(property) + " names a property that " + plural(s.objectType) + " do not have", property, op.Pos}
	}
	unusable := &fixed{unknown, "the filter on " + show(property) + " has an error in it", property, op.Pos}
	kind, ok := operationKinds[op.Type]
	if !ok {
		c.unknownOperation(op, property)
		return &fixed{unknown, "the filter on " + show(property) + " has the operationType " + quote(op.Type) + ", which is not known here", property, op.Pos}
	}
	if !slices.Contains(kind.operators, op.Operator) {
		c.unknownOperator(op.Pos, op.Operator, op.Type, kind.operators)
		return &fixed{unknown, "the filter on " + show(property) + " has the operator " + quote(op.Operator) + ", which is not known here", property, op.Pos}
	}
	if !prop.Inferred && kind.types != nil && !slices.Contains(kind.types, prop.Type) {
		c.r.Errorf(op.Pos, "operator_type", typeHint(prop, op.Operator), "%s is of the type %s, which %s %s does not compare", show(property), prop.Type, op.Type, op.Operator)
		return unusable
	}
	t := target{prop: prop, op: op, operator: op.Operator, comparison: comparison, scope: s}
	if current, ok := historyForms[op.Operator]; ok {
		t.operator = current
		c.r.Warnf(op.Pos, "no_history", "", "fixtures have no history: %s %s is tested on the current value", show(property), op.Operator)
	}
	switch {
	case op.Type == "ALL_PROPERTY":
		return &presence{property: property, operator: op.Operator, pos: op.Pos}
	case kind.compile == nil || parsesUpdate(op):
		c.r.Warnf(op.Pos, "no_history", "", "fixtures have no history: %s on %s cannot be evaluated, so no record meets it", op.Operator, show(property))
		return &fixed{unknown, "when " + show(property) + " was updated is not known in a rehearsal (" + op.Operator + ")", property, op.Pos}
	}
	tst := kind.compile(c, t)
	if tst == nil {
		return unusable
	}
	return &condition{property: property, pos: op.Pos, includeNoValue: op.IncludeNoValue, test: tst}
}

// parsesUpdate tells whether the operation looks at when the property was updated, not at its value.
func parsesUpdate(op *hubspot.Operation) bool {
	parser := op.Node.Get("propertyParser")
	return parser.IsScalar() && strings.Contains(parser.Text, "UPDATED")
}

func (c *compiler) unknownOperation(op *hubspot.Operation, property string) {
	known := make([]string, 0, len(operationKinds))
	for name := range operationKinds {
		known = append(known, name)
	}
	sort.Strings(known)
	hint := "use one such as ALL_PROPERTY, MULTISTRING, ENUMERATION, NUMBER, BOOL or TIME_POINT"
	if near := source.Nearest(op.Type, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	if op.Type == "" {
		c.r.Errorf(op.Pos, "unknown_operation", hint, "the filter on %s has no \"operationType\"", show(property))
		return
	}
	c.notKnown(op.Pos, "unknown_operation", hint, "%s is no operationType", quote(op.Type))
}

// typeHint says what to use for a property of this type instead.
func typeHint(p hubspot.Property, operator string) string {
	negative := strings.Contains(operator, "_NOT_") || strings.Contains(operator, "NEVER") || strings.Contains(operator, "NONE")
	switch p.Type {
	case hubspot.TypeEnumeration:
		if negative {
			return "use the operationType ENUMERATION with IS_NONE_OF"
		}
		return "use the operationType ENUMERATION with IS_ANY_OF"
	case hubspot.TypeBool:
		return "use the operationType BOOL with IS_EQUAL_TO"
	case hubspot.TypeNumber:
		return "use the operationType NUMBER or NUMBER_RANGED"
	case hubspot.TypeDate, hubspot.TypeDatetime:
		return "use the operationType TIME_POINT or TIME_RANGED"
	default:
		return "use the operationType MULTISTRING"
	}
}

// need reports an operation without a value and tells whether it has one.
func (c *compiler) need(t target) bool {
	if len(t.op.Values) > 0 {
		return true
	}
	c.r.Errorf(t.op.Pos, "missing_value", "", "%s %s on %s has no value to compare with", t.op.Type, t.op.Operator, show(t.prop.Name))
	return false
}
