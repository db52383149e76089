package records

import (
	"fmt"
	"strings"
	"unicode"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// column says what becomes of one column's cells.
type column struct {
	header string
	kind   columnKind
	conv   *converter   // of a property
	to     *association // of a list of associated ids
	// doubtful tells that the header does not say whether ids or names stand in the column.
	doubtful bool
	warned   bool // that names stand in it
}

type columnKind uint8

const (
	ignored columnKind = iota
	recordID
	property
	associated
	// both is a property that also says which record is associated, "Primary Associated Company ID".
	both
)

// header is the plan for a file's columns.
type header struct {
	columns  []column
	id       int // index of the id column
	names    []string
	inferred []hubspot.Property
}

// headerReader makes the plan.
type headerReader struct {
	file       string
	objectType string
	properties *hubspot.Properties
	owners     *owners
	found      *findings
	where      func(column int) (line, col int)
	taken      map[string]int // property name to column
	plan       header
}

func (h *headerReader) read(headers []string) (*header, error) {
	for i := range headers {
		headers[i] = strings.Join(strings.Fields(headers[i]), " ")
	}
	h.plan.columns = make([]column, len(headers))
	h.plan.id = idColumn(h.objectType, headers)
	h.taken = map[string]int{}
	if h.plan.id < 0 {
		return nil, h.missingID(headers)
	}
	idLists := map[string]bool{} // object types with a column of associated ids
	for _, text := range headers {
		if to, ids := h.association(text); to != nil && ids {
			idLists[to.objectType] = true
		}
	}
	for i, text := range headers {
		if text == "" {
			line, col := h.where(i)
			return nil, problemAt(h.file, line, col, "empty_header", fmt.Sprintf("column %d has no header", i+1),
				"give it a property's label or internal name, or delete the column")
		}
		h.column(i, text, idLists)
	}
	return &h.plan, nil
}

func (h *headerReader) missingID(headers []string) error {
	hint := `HubSpot's exports call it "Record ID", in German "Datensatz-ID"`
	if len(headers) == 1 {
		hint = "the columns of a CSV file are divided by commas, semicolons or tabs; " + hint
	}
	line, col := h.where(0)
	return problemAt(h.file, line, col, "no_id_column", "no column of the header holds the records' ids; the headers are "+listed(headers), hint)
}

// listed shows headers in a message, the first of them.
func listed(headers []string) string {
	const most = 20
	var b strings.Builder
	for i, text := range headers {
		switch {
		case i == most:
			fmt.Fprintf(&b, ", … (%d in all)", len(headers))
			return b.String()
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(quote(text))
	}
	return b.String()
}

// column decides about one column.
func (h *headerReader) column(i int, text string, idLists map[string]bool) {
	c := &h.plan.columns[i]
	c.header = text
	if i == h.plan.id {
		c.kind = recordID
		return
	}
	p, known := h.properties.Find(text)
	if known {
		if current, ok := h.properties.Get(p.Name); ok { // a label may still lead to a definition that was replaced
			p = current
		}
	} else {
		if to, ids := h.association(text); to != nil && (ids || !idLists[to.objectType]) {
			c.kind, c.to, c.doubtful = associated, to, !ids
			return
		}
		p = h.infer(i, text)
	}
	if p.Name == "hs_object_id" {
		return // the id column says it
	}
	if first, twice := h.taken[p.Name]; twice {
		line, col := h.where(i)
		h.found.add(source.SeverityWarning, "duplicate_column", line, col, func() (string, string) {
			return fmt.Sprintf("column %d, %s, holds the same property as column %d: %s; it is not read", i+1, quote(text), first+1, p.Name), ""
		})
		return
	}
	h.taken[p.Name] = i
	c.kind, c.conv = property, newConverter(p, h.owners)
	h.plan.names = append(h.plan.names, p.Name)
	if toType := primaryCompanyProperty(h.objectType, p.Name); toType != "" {
		c.kind = both
		c.to = &association{objectType: toType, typeID: hubspot.PrimaryAssociationType(h.objectType, toType)}
	}
}

func primaryCompanyProperty(objectType, name string) string {
	if objectType == "contact" && name == "associatedcompanyid" || objectType == "deal" && name == "hs_primary_associated_company" {
		return "company"
	}
	return ""
}

// infer defines the property of a header that nobody knows, as text.
func (h *headerReader) infer(i int, text string) hubspot.Property {
	name := propertyName(text)
	if name == "" {
		name = fmt.Sprintf("column_%d", i+1)
	}
	if p, ok := h.properties.Get(name); ok && !p.Inferred {
		return p
	}
	base := name
	for n := 2; ; n++ {
		if _, twice := h.taken[name]; !twice {
			break
		}
		if strings.EqualFold(h.plan.columns[h.taken[name]].header, text) {
			break // the same header again
		}
		name = fmt.Sprintf("%s_%d", base, n)
	}
	p := hubspot.Property{Name: name, Label: text, Type: hubspot.TypeString, Custom: true, Inferred: true}
	if _, twice := h.taken[name]; !twice {
		h.plan.inferred = append(h.plan.inferred, p)
		line, col := h.where(i)
		h.found.add(source.SeverityNote, "inferred_property", line, col, func() (string, string) {
			hint := "define it in records/properties.yaml if it has another type"
			if near := source.Nearest(text, h.properties.Names()); near != "" {
				hint = fmt.Sprintf("did you mean %q? Else %s", near, hint)
			}
			return fmt.Sprintf("%s is no property of a %s that is known here; it is read as text and called %s", quote(text), h.objectType, name), hint
		})
	}
	return p
}

// propertyName makes an internal name from a label: lower case, an underscore between words.
func propertyName(label string) string {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "_")
}

// idColumn finds the column of record ids, -1 when there is none.
func idColumn(objectType string, headers []string) int {
	t, _ := hubspot.LookupObjectType(objectType)
	singular := strings.ToLower(t.Singular)
	for _, wanted := range []string{
		"record id", "record id - " + singular, "record id - " + t.Plural, "hs_object_id", singular + " id", t.Name + "_id", "object id",
		"datensatz-id", "datensatz id", "datensatz-id - " + german(t.Name), german(t.Name) + "-id", "id",
	} {
		for i, text := range headers {
			if strings.ToLower(text) == wanted {
				return i
			}
		}
	}
	return -1
}

// association reads headers such as "Associated Company IDs", "Associated Contact", "Record ID - Company" and
// "Associated Company IDs (Billing)". ids is true when the header promises ids, not names.
func (h *headerReader) association(text string) (to *association, ids bool) {
	rest, label := text, ""
	if i := strings.IndexByte(text, '('); i > 0 {
		if j := strings.IndexByte(text[i:], ')'); j > 0 {
			label = strings.TrimSpace(text[i+1 : i+j])
			rest = strings.TrimSpace(text[:i]) + text[i+j+1:]
		}
	}
	rest = strings.ToLower(rest)
	primary := strings.EqualFold(label, "primary") || strings.EqualFold(label, "primär")
	if other, ok := strings.CutPrefix(rest, "primary "); ok {
		rest, primary = other, true
	}
	if other, ok := strings.CutPrefix(rest, "record id - "); ok {
		rest, ids = other, true
	} else if other, ok := strings.CutPrefix(rest, "associated "); ok {
		rest = other
		for _, end := range []string{" record ids", " record id", " ids", " id"} {
			if other, ok := strings.CutSuffix(rest, end); ok {
				rest, ids = other, true
				break
			}
		}
	} else if other, german, ok := germanAssociation(rest); ok {
		rest, ids = other, german.ids
		primary = primary || german.primary
	} else {
		return nil, false
	}
	t, ok := hubspot.LookupObjectType(rest)
	if !ok {
		return nil, false
	}
	to = &association{objectType: t.Name, label: label}
	if primary {
		to.label = ""
		to.typeID = hubspot.PrimaryAssociationType(h.objectType, t.Name)
	}
	return to, ids
}
