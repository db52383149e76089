package sample

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/mask"
	"askflow/internal/records"
	"askflow/internal/source"
)

// maxBytes is how large a written file may be: what is larger is no fixture.
const maxBytes = 64 << 20

// Formats are the endings of files that can be written.
func Formats() []string { return []string{".csv", ".jsonl", ".json"} }

// Format tells whether a file's ending is one of Formats.
func Format(file string) (ending string, ok bool) {
	ending = strings.ToLower(filepath.Ext(file))
	return ending, slices.Contains(Formats(), ending)
}

// Encode writes records of one object type as a file of that name, in the form that its ending says, and reads it again: the
// error says which record would not be read as it was.
func Encode(ctx context.Context, file string, recs []mask.Record, objectType string, opt records.Options) ([]byte, error) {
	ending, _ := Format(file)
	var out []byte
	var err error
	switch ending {
	case ".csv":
		out, err = appendCSV(recs, objectType)
	default:
		out = appendJSON(recs, ending == ".json")
	}
	switch {
	case err != nil:
		return nil, err
	case len(out) > maxBytes:
		return nil, &Error{Code: "too_large", Message: fmt.Sprintf("%s would have %d MB, and a sample has %d MB at most", file, len(out)>>20, maxBytes>>20), Hint: "choose fewer records with --size, or fewer properties with --properties"}
	}
	return out, readBack(ctx, file, out, recs, objectType, opt)
}

// Error is why there is no sample, in sentences for people.
type Error struct{ Code, Message, Hint string }

// Error is the message.
func (e *Error) Error() string { return e.Message }

// columnsOf are the properties that any of the records has a value of, in their order.
func columnsOf(recs []mask.Record) []string {
	var names []string
	used := map[string]bool{}
	if len(recs) == 0 {
		return nil
	}
	for i := range recs {
		for _, c := range recs[i].Cells {
			used[c.Property] = true
		}
	}
	for _, c := range recs[0].Cells { // all records of one plan have the same cells
		if used[c.Property] && c.Property != "hs_object_id" {
			names = append(names, c.Property)
		}
	}
	return names
}

// appendCSV writes a header as HubSpot's exports have one, with internal names, and a column of ids for each kind of association.
func appendCSV(recs []mask.Record, objectType string) ([]byte, error) {
	names := columnsOf(recs)
	var links []string
	cells := make([]map[string][]string, len(recs))
	for i := range recs {
		cells[i] = map[string][]string{}
		for _, a := range explicit(&recs[i]) {
			head, err := linkColumn(objectType, a)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(links, head) {
				links = append(links, head)
			}
			cells[i][head] = append(cells[i][head], a.RecordID)
		}
	}
	slices.Sort(links)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(slices.Concat([]string{"Record ID"}, names, links)) // a buffer takes everything
	for i := range recs {
		row := []string{recs[i].ID}
		for _, name := range names {
			row = append(row, recs[i].Get(name))
		}
		for _, head := range links {
			row = append(row, strings.Join(cells[i][head], ";"))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// linkColumn is the header of a column with associated ids.
func linkColumn(objectType string, a hubspot.Association) (string, error) {
	t, ok := hubspot.LookupObjectType(a.ObjectType)
	primary := a.TypeID != 0 && a.TypeID == hubspot.PrimaryAssociationType(objectType, a.ObjectType)
	plain := a.TypeID == 0 || a.TypeID == hubspot.DefaultAssociationType(objectType, a.ObjectType)
	head := "Associated " + t.Singular + " IDs"
	switch {
	case !ok, a.Category != "" && a.Category != hubspot.HubSpotDefined && a.Label == "", !plain && !primary && a.Label == "", strings.ContainsAny(a.Label, "()\n\r"):
		return "", &Error{Code: "not_in_csv", Message: fmt.Sprintf("CSV cannot say that the %s is associated with the %s %s by type %s", objectType, a.ObjectType, a.RecordID, a.Type()), Hint: "write --to a .jsonl file"}
	case primary:
		return head + " (Primary)", nil
	case a.Label != "":
		return head + " (" + a.Label + ")", nil
	}
	return head, nil
}

// explicit are the associations that do not follow from a property's value.
func explicit(r *mask.Record) []hubspot.Association {
	var out []hubspot.Association
	for _, a := range r.Associations {
		property := ""
		switch {
		case r.ObjectType == "contact" && a.ObjectType == "company":
			property = "associatedcompanyid"
		case r.ObjectType == "deal" && a.ObjectType == "company":
			property = "hs_primary_associated_company"
		}
		primary := a.TypeID != 0 && a.TypeID == hubspot.PrimaryAssociationType(r.ObjectType, a.ObjectType)
		if property != "" && primary && a.Label == "" && slices.Contains(strings.FieldsFunc(r.Get(property), func(c rune) bool { return strings.ContainsRune(";, \t\r\n", c) }), a.RecordID) {
			continue
		}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// appendJSON writes records as the CRM API does, one a line, or as a list.
func appendJSON(recs []mask.Record, list bool) []byte {
	var b []byte
	if list {
		b = append(b, "[\n"...)
	}
	for i := range recs {
		b = source.AppendJSON(b, jsonOf(&recs[i]))
		if list && i < len(recs)-1 {
			b = append(b, ',')
		}
		b = append(b, '\n')
	}
	if list {
		b = append(b, "]\n"...)
	}
	return b
}

func jsonOf(r *mask.Record) *source.Node {
	text := func(s string) *source.Node { return source.NewString(s, source.Pos{}) }
	n := source.NewObject(source.Pos{})
	n.Set("id", text(r.ID))
	properties := source.NewObject(source.Pos{})
	for _, c := range r.Cells {
		if c.Text != "" && c.Property != "hs_object_id" {
			properties.Set(c.Property, text(c.Text))
		}
	}
	n.Set("properties", properties)
	links := source.NewObject(source.Pos{})
	for _, a := range explicit(r) {
		t, ok := hubspot.LookupObjectType(a.ObjectType)
		if !ok {
			t.Plural = a.ObjectType
		}
		results := links.Get(t.Plural).Get("results")
		if results == nil {
			results = source.NewArray(source.Pos{})
			group := source.NewObject(source.Pos{})
			group.Set("results", results)
			links.Set(t.Plural, group)
		}
		results.Items = append(results.Items, jsonLink(r.ObjectType, a))
	}
	if len(links.Members) > 0 {
		n.Set("associations", links)
	}
	return n
}

// jsonLink is one association: with its name where it is one that everybody knows, else with its type.
func jsonLink(objectType string, a hubspot.Association) *source.Node {
	text := func(s string) *source.Node { return source.NewString(s, source.Pos{}) }
	link := source.NewObject(source.Pos{})
	link.Set("id", text(a.RecordID))
	plain := objectType + "_to_" + a.ObjectType
	switch {
	case a.Category == "" && a.TypeID == 0 && a.Label == "":
		link.Set("type", text(plain+"_unlabeled"))
	case a.Category == "" && a.Label == "" && a.TypeID == hubspot.PrimaryAssociationType(objectType, a.ObjectType):
		link.Set("type", text(plain))
	default:
		kind := source.NewObject(source.Pos{})
		if a.Category != "" {
			kind.Set("category", text(a.Category))
		}
		if a.TypeID != 0 {
			kind.Set("typeId", source.NewNumber(fmt.Sprint(a.TypeID), source.Pos{}))
		}
		if a.Label != "" {
			kind.Set("label", text(a.Label))
		}
		link.Set("associationTypes", source.NewArray(source.Pos{}, kind))
	}
	return link
}

// readBack reads what would be written and compares.
func readBack(ctx context.Context, file string, data []byte, recs []mask.Record, objectType string, opt records.Options) error {
	r := records.Open(objectType, []records.File{{Path: file, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}}, opt)
	defer func() { _ = r.Close() }() // it is in memory
	for i := range recs {
		if i%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		got, err := r.Next()
		if err != nil {
			return fmt.Errorf("what would be written cannot be read again: %w", err)
		}
		if what := differs(&recs[i], got, strings.EqualFold(filepath.Ext(file), ".csv")); what != "" {
			return &Error{Code: "not_as_it_was", Message: fmt.Sprintf("the %s %s would not be read as it was written: %s differs", objectType, recs[i].From.ID, what), Hint: hintFor(file)}
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("what would be written has more records than were chosen: %w", err)
	}
	return nil
}

func hintFor(file string) string {
	if ending, _ := Format(file); ending == ".csv" {
		return "write --to a .jsonl file: CSV knows properties by lower-case names only, and one kind of line break"
	}
	return "leave the property out with --mask PROPERTY=drop"
}

// differs tells the first thing that is not what it was, "" when there is none. Columns of CSV say of an association's type
// only whether it is the primary one, and its label.
func differs(want *mask.Record, got *hubspot.Record, columns bool) string {
	if want.ID != got.ID {
		return "the id"
	}
	for _, c := range want.Cells {
		if c.Property != "hs_object_id" && got.Get(c.Property) != c.Text {
			return "the property " + c.Property
		}
	}
	links := func(list []hubspot.Association) []string {
		var out []string
		for _, a := range list {
			key := fmt.Sprintf("%+v", a)
			if columns {
				primary := a.TypeID != 0 && a.TypeID == hubspot.PrimaryAssociationType(want.ObjectType, a.ObjectType)
				key = fmt.Sprint(a.ObjectType, " ", a.RecordID, " ", primary, " ", a.Label)
			}
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(links(want.Associations), links(got.Associations)) {
		return "an association"
	}
	return ""
}
