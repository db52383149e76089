package records_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// plainNames does what Names does, in the plainest way: whole records, looked through from first to last.
type plainNames struct{ recs []*hubspot.Record }

func (p plainNames) find(objectType, id string) *hubspot.Record {
	for _, r := range p.recs {
		if r.ObjectType == objectType && r.ID == id {
			return r
		}
	}
	return nil
}

func (p plainNames) links(rec *hubspot.Record, objectTypes []string) []records.Link {
	var out []records.Link
	visit := func(objectType, id string, kind hubspot.AssociationType, label string) {
		i := slices.IndexFunc(out, func(l records.Link) bool { return l.ObjectType == objectType && l.ID == id })
		if i < 0 {
			i = len(out)
			l := records.Link{ObjectType: objectType, ID: id, Missing: true}
			if r := p.find(objectType, id); r != nil {
				l.Name, l.Missing = r.Name(), false
			}
			out = append(out, l)
		}
		if label == "" {
			label = records.KindLabel(rec.ObjectType, objectType, kind)
		}
		if label != "" && !slices.Contains(out[i].Labels, label) {
			out[i].Labels = append(out[i].Labels, label)
		}
	}
	for _, a := range rec.Associations {
		visit(a.ObjectType, a.RecordID, a.Type(), a.Label)
	}
	leadsHere := func(a hubspot.Association) bool { return a.ObjectType == rec.ObjectType && a.RecordID == rec.ID }
	for _, t := range objectTypes {
		for _, r := range p.recs {
			if r.ObjectType != t {
				continue
			}
			for _, a := range r.Associations {
				if !leadsHere(a) {
					continue
				}
				label := ""
				for _, other := range r.Associations {
					if leadsHere(other) && other.Type() == a.Type() && other.Label != "" {
						label = other.Label
					}
				}
				visit(t, r.ID, records.Turned(a.Type(), t, rec.ObjectType), label)
			}
		}
	}
	return out
}

var (
	linkTypes = []string{"2-7", "company", "contact", "deal"} // sorted, as they are read
	linkIDs   = []string{"1", "2", "3", "01", "x y", "Ünï"}
)

// drawJSON draws a JSON file. taken keeps ids from standing twice.
func drawJSON(t *rapid.T, objectType string, taken map[string]bool) string {
	recs := []any{}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(linkIDs), 0, 4, rapid.ID[string]).Draw(t, "ids") {
		if taken[id] {
			continue
		}
		taken[id] = true
		properties := map[string]string{}
		for _, p := range []string{"city", "domain", "email", "lastname", "name", "firstname", "dealname"} {
			if v := rapid.SampledFrom([]string{"", "", " ", " a ", "Ünï b", id}).Draw(t, p); v != "" {
				properties[p] = v
			}
		}
		to := map[string][]any{}
		for range rapid.IntRange(0, 5).Draw(t, "associations") {
			plural := rapid.SampledFrom([]string{"companies", "contacts", "deals", "2-7", "tickets"}).Draw(t, "to")
			other := rapid.SampledFrom(linkIDs).Draw(t, "to id")
			var entry any
			switch rapid.IntRange(0, 2).Draw(t, "shape") {
			case 0:
				entry = other
			case 1:
				entry = map[string]string{"id": other, "type": rapid.SampledFrom([]string{"", "Boss", "child_to_parent_company", objectType + "_to_company", objectType + "_to_contact_unlabeled"}).Draw(t, "type")}
			case 2:
				var kinds []any
				for range rapid.IntRange(1, 3).Draw(t, "kinds") {
					kinds = append(kinds, map[string]any{"category": rapid.SampledFrom([]string{"", hubspot.HubSpotDefined, "USER_DEFINED"}).Draw(t, "category"),
						"typeId": rapid.SampledFrom([]int{1, 13, 14, 33, 279, 280}).Draw(t, "typeId"), "label": rapid.SampledFrom([]string{"", "", "Boss", "Twin"}).Draw(t, "label")})
				}
				entry = map[string]any{"toObjectId": other, "associationTypes": kinds}
			}
			to[plural] = append(to[plural], entry)
		}
		recs = append(recs, map[string]any{"id": id, "properties": properties, "associations": to})
	}
	text, err := json.Marshal(recs)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// drawCSV draws a CSV file with lists of ids.
func drawCSV(t *rapid.T, taken map[string]bool) string {
	var b strings.Builder
	b.WriteString("Record ID,Email,Last Name,First Name,Name,Associated Company IDs,Associated Contact IDs (Boss),Associated Company IDs (Twin)\n")
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(linkIDs[:3]), 0, 3, rapid.ID[string]).Draw(t, "ids") {
		if taken[id] {
			continue
		}
		taken[id] = true
		fmt.Fprintf(&b, "%s", id)
		for range 4 {
			fmt.Fprintf(&b, ",%s", rapid.SampledFrom([]string{"", "", " ", " a ", "Ünï b"}).Draw(t, "value"))
		}
		for range 3 {
			fmt.Fprintf(&b, ",%q", rapid.SampledFrom([]string{"", "1", "1;2", " 3, 1;", ";;2;2", "99"}).Draw(t, "list"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestLinksAreThoseOfWholeRecords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		files := map[string][]records.File{}
		var plain plainNames
		for _, objectType := range linkTypes {
			taken := map[string]bool{}
			for i := range rapid.IntRange(0, 2).Draw(t, "files") {
				f := textFile(fmt.Sprintf("%s-%d.json", objectType, i), "")
				if rapid.Bool().Draw(t, "csv") {
					f = textFile(fmt.Sprintf("%s-%d.csv", objectType, i), drawCSV(t, taken))
				} else {
					f = textFile(f.Path, drawJSON(t, objectType, taken))
				}
				files[objectType] = append(files[objectType], f)
			}
			plain.recs = append(plain.recs, readWhole(t, objectType, files[objectType])...)
		}
		names, problems := records.LoadNames(t.Context(), hubspot.DefaultSchema(), files, nil)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		asked := rapid.Permutation(append([]string{"ticket"}, linkTypes...)).Draw(t, "object types")
		recs := slices.Clone(plain.recs)
		for _, objectType := range append([]string{"ticket"}, linkTypes...) {
			recs = append(recs, hubspot.NewRecordFromMap(objectType, rapid.SampledFrom(linkIDs).Draw(t, "other"), nil), hubspot.NewRecordFromMap(objectType, "99", nil))
		}
		for _, rec := range recs {
			if diff := cmp.Diff(plain.links(rec, asked), names.Links(rec, asked)); diff != "" {
				t.Fatalf("the links of the %s %s (-want +got): %s", rec.ObjectType, rec.ID, diff)
			}
		}
	})
}

// readWhole reads all records of an object type.
func readWhole(t *rapid.T, objectType string, files []records.File) []*hubspot.Record {
	r := records.Open(objectType, files, records.Options{Properties: hubspot.DefaultSchema().Of(objectType)})
	var out []*hubspot.Record
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
}
