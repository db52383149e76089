package flow

import (
	"slices"
	"strings"

	"askflow/internal/hubspot"
)

// compared are the types of property that an operator compares; nil stands for every type.
func compared(operator string) []hubspot.PropertyType {
	switch operator {
	case "contains", "not_contains":
		return []hubspot.PropertyType{hubspot.TypeString, hubspot.TypeEnumeration}
	case "starts_with", "ends_with":
		return []hubspot.PropertyType{hubspot.TypeString}
	case "gt", "gte", "lt", "lte", "between":
		return []hubspot.PropertyType{hubspot.TypeNumber, hubspot.TypeDate, hubspot.TypeDatetime}
	case "before", "after":
		return []hubspot.PropertyType{hubspot.TypeDate, hubspot.TypeDatetime}
	}
	return nil
}

// fits reports an operator that does not compare the property's type. Where the type is not known, it may.
func (op *operation) fits() bool {
	types := compared(op.operator)
	if op.kind == "" || types == nil || slices.Contains(types, op.kind) {
		return true
	}
	var able []string
	for _, o := range filterOperators() {
		if t := compared(o); t == nil || slices.Contains(t, op.kind) {
			able = append(able, o)
		}
	}
	op.fail("use one of: "+strings.Join(able, ", "), "%s does not compare %s, which is what the property holds", op.operator, holds(op.kind))
	return false
}

// holds says what properties of a type hold.
func holds(t hubspot.PropertyType) string {
	switch t {
	case hubspot.TypeNumber:
		return "numbers"
	case hubspot.TypeDate, hubspot.TypeDatetime:
		return "dates"
	case hubspot.TypeBool:
		return "true or false"
	case hubspot.TypeEnumeration:
		return "options"
	default:
		return "text"
	}
}
