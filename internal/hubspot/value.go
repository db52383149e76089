package hubspot

import (
	"slices"
	"strings"

	"askflow/internal/source"
)

// ValueType discriminates Value.
type ValueType string

// The value types of flows. The last five are newer and appear in recent exports only.
const (
	StaticValue                ValueType = "STATIC_VALUE"
	ObjectProperty             ValueType = "OBJECT_PROPERTY"
	FieldData                  ValueType = "FIELD_DATA"
	FetchedObjectProperty      ValueType = "FETCHED_OBJECT_PROPERTY"
	Timestamp                  ValueType = "TIMESTAMP"
	RelativeDatetime           ValueType = "RELATIVE_DATETIME"
	Increment                  ValueType = "INCREMENT"
	AppendObjectProperty       ValueType = "APPEND_OBJECT_PROPERTY"
	StaticAppendValue          ValueType = "STATIC_APPEND_VALUE"
	EnrollmentEventProperty    ValueType = "ENROLLMENT_EVENT_PROPERTY"
	EnrollmentDatasetColumn    ValueType = "ENROLLMENT_DATASET_COLUMN"
	ActionOutputObjectProperty ValueType = "ACTION_OUTPUT_OBJECT_PROPERTY"
	SingleObjectCoordinates    ValueType = "SINGLE_OBJECT_COORDINATES"
	ListValue                  ValueType = "LIST"
	MapValue                   ValueType = "MAP"
	// Association lists only:
	EnrolledObject  ValueType = "ENROLLED_OBJECT"
	CopyAssociation ValueType = "COPY_ASSOCIATION"
)

// Value is a value object: where an action's field takes its value from.
type Value struct {
	Type ValueType
	// Text is the payload that is one text: staticValue (may hold tokens), propertyName, propertyToken, dataKey,
	// incrementAmount, appendPropertyName, staticAppendValue, enrollmentEventPropertyToken, …
	Text string
	// ActionID of FIELD_DATA; Text holds the dataKey.
	ActionID string
	// Delay of RELATIVE_DATETIME.
	Delay *TimeDelay
	// Source of COPY_ASSOCIATION: the association from the enrolled record.
	SourceCategory string
	SourceTypeID   int
	Pos            source.Pos
	TextPos        source.Pos
	Node           *source.Node
}

// Source is the association that COPY_ASSOCIATION follows from the enrolled record.
func (v *Value) Source() AssociationType { return AssociationType{v.SourceCategory, v.SourceTypeID} }

// valueText names the member that holds each type's text.
var valueText = map[ValueType]string{
	StaticValue: "staticValue", ObjectProperty: "propertyName", FieldData: "dataKey", FetchedObjectProperty: "propertyToken",
	Timestamp: "timestampType", Increment: "incrementAmount", AppendObjectProperty: "appendPropertyName",
	StaticAppendValue: "staticAppendValue", EnrollmentEventProperty: "enrollmentEventPropertyToken",
	EnrollmentDatasetColumn: "enrollmentDatasetColumnToken", ActionOutputObjectProperty: "actionOutputPropertyToken",
	SingleObjectCoordinates: "coordinatesToken",
}

// ReadValue decodes a value object. One documented sample leaves the type out of a static value; that is accepted.
func ReadValue(r *source.Reader, n *source.Node, what string) *Value {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	if n.IsScalar() {
		return &Value{Type: StaticValue, Text: n.Text, Pos: n.Pos, TextPos: n.Pos, Node: n}
	}
	f := r.Object(n, what)
	v := &Value{Type: ValueType(f.String("type")), Pos: n.Pos, Node: n}
	if v.Type == "" && n.Get("staticValue") != nil {
		v.Type = StaticValue
	}
	switch v.Type {
	case RelativeDatetime:
		v.Delay = ReadTimeDelay(r, f.Get("timeDelay"))
		if v.Delay == nil {
			r.Errorf(n.Pos, "missing_key", "", "%s: a RELATIVE_DATETIME needs \"timeDelay\"", what)
		}
	case FieldData:
		v.ActionID = f.Need("actionId")
		v.Text = f.Need("dataKey")
	case CopyAssociation:
		s := r.Object(f.Get("sourceSpec"), "sourceSpec")
		v.SourceCategory, v.SourceTypeID = s.String("associationCategory"), s.Int("associationTypeId", 0)
		s.Done()
	case ListValue, MapValue:
		f.Known("values")
	case EnrolledObject:
	default:
		key, known := valueText[v.Type]
		if !known {
			r.Warnf(n.Pos, "unknown_value_type", "", "%s: the value type %q is not known here", what, string(v.Type))
			return v
		}
		v.Text = f.String(key)
		v.TextPos = f.Pos(key)
	}
	f.Done()
	return v
}

// TimeDelay is a span or a moment relative to execution.
type TimeDelay struct {
	Delta      int
	Unit       string // NANOS … FOREVER
	DaysOfWeek []string
	TimeOfDay  *TimeOfDay
	ZoneID     string // empty: the portal's
}

// TimeUnits are the units of time that flows use, shortest first. ERAS and FOREVER never end.
func TimeUnits() []string {
	return []string{"NANOS", "MICROS", "MILLIS", "SECONDS", "MINUTES", "HOURS", "HALF_DAYS", "DAYS", "WEEKS", "MONTHS", "YEARS",
		"DECADES", "CENTURIES", "MILLENNIA", "ERAS", "FOREVER"}
}

// IsTimeUnit tells whether a word is one of TimeUnits, whatever the case.
func IsTimeUnit(unit string) bool {
	return slices.ContainsFunc(TimeUnits(), func(u string) bool { return strings.EqualFold(u, unit) })
}

// TimeOfDay is a wall-clock time.
type TimeOfDay struct{ Hour, Minute int }

// ReadTimeDelay decodes a TimeDelay.
func ReadTimeDelay(r *source.Reader, n *source.Node) *TimeDelay {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	f := r.Object(n, "a time delay")
	d := &TimeDelay{Delta: f.Int("delta", 0), Unit: f.String("timeUnit"), DaysOfWeek: f.Strings("daysOfWeek"), TimeOfDay: ReadTimeOfDay(r, f.Get("timeOfDay"))}
	if z := f.Get("timeZoneStrategy"); z != nil {
		zf := r.Object(z, "a time zone strategy")
		zf.Known("type")
		d.ZoneID = zf.String("timeZoneId")
		zf.Done()
	}
	f.Done()
	return d
}

// ReadTimeOfDay decodes a TimeOfDay.
func ReadTimeOfDay(r *source.Reader, n *source.Node) *TimeOfDay {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	f := r.Object(n, "a time of day")
	t := &TimeOfDay{Hour: f.Int("hour", 0), Minute: f.Int("minute", 0)}
	if t.Hour < 0 || t.Hour > 23 || t.Minute < 0 || t.Minute > 59 {
		r.Errorf(n.Pos, "bad_time", "", "%d:%02d is no time of day", t.Hour, t.Minute)
	}
	f.Done()
	return t
}
