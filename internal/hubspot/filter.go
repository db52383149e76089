package hubspot

import "askflow/internal/source"

// FilterBranch is a node of a filter tree, as flows and lists share it.
type FilterBranch struct {
	Type     string // OR, AND, NOT_ALL, NOT_ANY, RESTRICTED, UNIFIED_EVENTS, ASSOCIATION, PROPERTY_ASSOCIATION
	Operator string // filterBranchOperator
	Branches []*FilterBranch
	Filters  []*Filter

	// ASSOCIATION and UNIFIED_EVENTS
	ListOperator        string // "operator": IN_LIST, NOT_IN_LIST; HAS_COMPLETED, HAS_NOT_COMPLETED
	ObjectTypeID        string
	AssociationTypeID   int
	AssociationCategory string
	EventTypeID         string
	PropertyWithID      string // PROPERTY_ASSOCIATION: propertyWithObjectId

	Pos source.Pos
}

// Association is the type of association that an ASSOCIATION branch follows.
func (b *FilterBranch) Association() AssociationType {
	return AssociationType{b.AssociationCategory, b.AssociationTypeID}
}

// Filter is one condition.
type Filter struct {
	Type      string // PROPERTY, IN_LIST, and kinds that are not evaluated here
	Property  string
	Operation Operation

	// IN_LIST
	ListID       string
	ListOperator string // IN_LIST, NOT_IN_LIST
	InListType   string // metadata.inListType

	Pos         source.Pos
	PropertyPos source.Pos
}

// Operation compares a property with a value.
type Operation struct {
	Type           string // operationType: ALL_PROPERTY, MULTISTRING, …
	Operator       string
	IncludeNoValue bool     // includeObjectsWithNoValueSet
	Values         []string // value or values, or the timestamp
	Lower, Upper   string   // *_RANGED, RANGED_DATE
	// NumberOfDays of ROLLING_* operations.
	NumberOfDays int
	// ComparisonProperty of COMPARATIVE_* operations, and its default.
	ComparisonProperty string
	ComparisonDefault  string
	// TimeUnit and TimeUnitCount of CALENDAR_DATE.
	TimeUnit      string
	TimeUnitCount int
	// TimePoint of TIME_POINT; LowerPoint and UpperPoint of TIME_RANGED; Endpoint behaviors are INCLUSIVE or EXCLUSIVE.
	TimePoint, LowerPoint, UpperPoint *TimePoint
	Endpoint                          string
	LowerEndpoint, UpperEndpoint      string
	// Node is the whole operation, for what the fields above do not hold.
	Node *source.Node
	Pos  source.Pos
}

// TimePoint is a moment that a filter names.
type TimePoint struct {
	TimeType string // DATE, INDEXED, PROPERTY_REFERENCED
	ZoneID   string
	// DATE: year, month, day and what else is set; hour -1 when unset.
	Year, Month, Day, Hour, Minute, Second, Millisecond int
	// INDEXED: NOW, TODAY, WEEK, MONTH, QUARTER, YEAR and an offset by unit ("days": -7).
	Reference string
	Offset    map[string]int
	// PROPERTY_REFERENCED
	Property      string
	PropertyValue string // referenceType: VALUE, UPDATED_AT, ANNIVERSARY
}

// ReadFilterBranch decodes a filter tree, noting unknown members.
func ReadFilterBranch(r *source.Reader, n *source.Node) *FilterBranch {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	f := r.Object(n, "a filter branch")
	b := &FilterBranch{
		Type:                f.String("filterBranchType"),
		Operator:            f.String("filterBranchOperator"),
		ListOperator:        f.String("operator"),
		ObjectTypeID:        f.String("objectTypeId"),
		AssociationTypeID:   f.Int("associationTypeId", 0),
		AssociationCategory: f.String("associationCategory"),
		EventTypeID:         f.String("eventTypeId"),
		PropertyWithID:      f.String("propertyWithObjectId"),
		Pos:                 f.Node.Pos,
	}
	f.Known("pruningRefineBy", "coalescingRefineBy")
	for _, it := range f.Items("filterBranches") {
		if sub := ReadFilterBranch(r, it); sub != nil {
			b.Branches = append(b.Branches, sub)
		}
	}
	for _, it := range f.Items("filters") {
		b.Filters = append(b.Filters, readFilter(r, it))
	}
	f.Done()
	return b
}

func readFilter(r *source.Reader, n *source.Node) *Filter {
	f := r.Object(n, "a filter")
	out := &Filter{
		Type:         f.String("filterType"),
		Property:     f.String("property"),
		ListID:       f.String("listId"),
		ListOperator: f.String("operator"),
		Pos:          f.Node.Pos,
		PropertyPos:  f.Pos("property"),
	}
	if m := f.Get("metadata"); m != nil {
		mf := r.Object(m, "the metadata of a list filter")
		mf.Known("id")
		out.InListType = mf.String("inListType")
		mf.Done()
	}
	switch out.Type {
	case "PROPERTY":
		out.Operation = readOperation(r, f.Get("operation"), f.Node.Pos)
		f.Done()
	case "IN_LIST":
		f.Done()
	}
	return out
}

func readOperation(r *source.Reader, n *source.Node, parent source.Pos) Operation {
	if n == nil {
		r.Errorf(parent, "missing_key", "", "a property filter needs an operation")
		return Operation{Pos: parent}
	}
	f := r.Object(n, "a filter operation")
	op := Operation{
		Type:               f.String("operationType"),
		Operator:           f.String("operator"),
		IncludeNoValue:     f.Bool("includeObjectsWithNoValueSet", false),
		Lower:              f.String("lowerBound"),
		Upper:              f.String("upperBound"),
		NumberOfDays:       f.Int("numberOfDays", 0),
		ComparisonProperty: f.String("comparisonPropertyName"),
		ComparisonDefault:  f.String("defaultComparisonValue"),
		TimeUnit:           f.String("timeUnit"),
		TimeUnitCount:      f.Int("timeUnitCount", 1),
		Endpoint:           f.String("endpointBehavior"),
		LowerEndpoint:      f.String("lowerBoundEndpointBehavior"),
		UpperEndpoint:      f.String("upperBoundEndpointBehavior"),
		TimePoint:          readTimePoint(r, f.Get("timePoint")),
		LowerPoint:         readTimePoint(r, f.Get("lowerBoundTimePoint")),
		UpperPoint:         readTimePoint(r, f.Get("upperBoundTimePoint")),
		Node:               n,
		Pos:                n.Pos,
	}
	f.Known("requiresTimeZoneConversion", "useFiscalYear", "fiscalYearStart", "propertyParser", "type", "isIncludeObjectsWithNoValueSet",
		"defaultValue", "pruningRefineBy", "coalescingRefineBy")
	op.Values = append(op.Values, f.Strings("values")...)
	if f.Get("value") != nil {
		op.Values = append(op.Values, f.Strings("value")...)
	}
	if f.Get("timestamp") != nil {
		op.Values = append(op.Values, f.String("timestamp"))
	}
	f.Done()
	return op
}

func readTimePoint(r *source.Reader, n *source.Node) *TimePoint {
	if n == nil {
		return nil
	}
	f := r.Object(n, "a time point")
	t := &TimePoint{
		TimeType: f.String("timeType"), ZoneID: f.String("zoneId"),
		Year: f.Int("year", 0), Month: f.Int("month", 1), Day: f.Int("day", 1), Hour: f.Int("hour", -1),
		Minute: f.Int("minute", 0), Second: f.Int("second", 0), Millisecond: f.Int("millisecond", 0),
		Property: f.String("property"), PropertyValue: f.String("referenceType"),
	}
	f.Known("timezoneSource")
	if ref := f.Get("indexReference"); ref != nil {
		rf := r.Object(ref, "an index reference")
		t.Reference = rf.String("referenceType")
		rf.Known("dayOfWeek", "dayOfMonth", "month", "hour", "minute", "second", "millisecond")
		rf.Done()
	}
	if off := f.Get("offset"); off != nil && off.Kind == source.Object {
		t.Offset = map[string]int{}
		of := r.Object(off, "an offset")
		for _, unit := range []string{"years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"} {
			if v := of.Int(unit, 0); v != 0 {
				t.Offset[unit] = v
			}
		}
		of.Done()
	}
	f.Done()
	return t
}
