package records_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/records"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	type rows = []map[string]string
	ada := map[string]string{"id": "101", "firstname": "Ada", "city": "London"}
	bo := map[string]string{"id": "102", "firstname": "Bo"}
	const a = `{"id":"101","properties":{"firstname":"Ada","city":"London","state":null}}`
	const b = `{"id":102,"properties":{"firstname":"Bo","city":""},"createdAt":"2026-01-05T09:00:00Z","archived":false}`
	for _, tt := range []struct {
		name, path, text string
		want             rows
	}{
		{"array", "c.json", "[" + a + ", " + b + "]", rows{ada, bo}},
		{"empty array", "c.json", " [ ]\n", nil},
		{"page", "c.json", `{"results":[` + a + "," + b + `],"paging":{"next":{"after":"2"}}}`, rows{ada, bo}},
		{"search page", "c.json", `{"total":2,"results":[` + a + "," + b + `]}`, rows{ada, bo}},
		{"lines", "c.jsonl", a + "\n" + b + "\n", rows{ada, bo}},
		{"lines with CRLF and blank lines", "c.ndjson", "\r\n" + a + "\r\n\r\n" + b, rows{ada, bo}},
		{"lines in a .json", "c.json", a + "\n" + b + "\n", rows{ada, bo}},
		{"pages as lines", "c.jsonl", `{"results":[` + a + `]}` + "\n" + `{"total":1,"results":[` + b + `]}`, rows{ada, bo}},
		{"one record", "c.json", "\xef\xbb\xbf" + a, rows{ada}},
		{"id among the properties", "c.json", `[{"properties":{"hs_object_id":"101","firstname":"Ada","city":"London"}}]`, rows{ada}},
		{"later columns", "c.json", `[` + b + `,` + a + `]`, rows{bo, ada}},
		{"numbers and truth", "c.json", `[{"id":"1","properties":{"numemployees":"5-25","total_revenue":12.50,"hs_email_optout":true}}]`,
			rows{{"id": "1", "numemployees": "5-25", "total_revenue": "12.50", "hs_email_optout": "true"}}},
		{"option label", "c.json", `[{"id":"1","properties":{"lifecyclestage":"Sales Qualified Lead"}}]`, rows{{"id": "1", "lifecyclestage": "salesqualifiedlead"}}},
		{"braces and escapes in text", "c.json", `[{"id":"1","properties":{"message":"}]\\\" {[ \u00e9\n"}},` + b + `]`, rows{{"id": "1", "message": "}]\\\" {[ é\n"}, bo}},
		{"archived records", "c.json", `[{"id":"9","archived":true},` + b + `]`, rows{bo}},
		{"no properties", "c.json", `[{"id":"1"},{"id":"2","properties":null}]`, rows{{"id": "1"}, {"id": "2"}}},
		{"members before results", "c.json", `{"a":"results\"","b":[1,{"results":[]}],"results":[` + b + `]}`, rows{bo}},
		{"names are not labels", "c.json", `[{"id":"1","properties":{"Lead Grade":"A"}}]`, rows{{"id": "1", "Lead Grade": "A"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, file := range []records.File{textFile(tt.path, tt.text), {Path: tt.path, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(dribble{strings.NewReader(tt.text)}), nil
			}}} {
				recs, err := readAll(t, "contact", records.Options{}, file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, contents(recs)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestJSONErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", " \n", `c.json:1:1: the file is empty; a list of records was expected: [{"id": "1", "properties": {…}}]`},
		{"text", `"x"`, `c.json:1:1: a record or a list of records was expected, but here stands '"'`},
		{"list of numbers", "[\n 1]", "c.json:2:2: a record, an object in braces, was expected, but here stands '1'"},
		{"comma too many", `[{"id":"1"},]`, "c.json:1:13: a record, an object in braces, was expected, but here stands ']'"},
		{"comma missing", `[{"id":"1"} {"id":"2"}]`, "c.json:1:13: a comma or ] was expected after a record, but here stands '{'"},
		{"list cut off", `[{"id":"1"}`, "c.json:1:12: the file ends before the list of records is closed with ] (is the file cut off?)"},
		{"page cut off", `{"results":[{"id":"1"}]`, "c.json:1:24: the file ends before its object is closed with } (is the file cut off?)"},
		{"record cut off", "[\n  {\"id\":\"1\",\n   \"x\":", "c.json:3:8: the file ends in the middle of a value"},
		{"bad value", "[\n  {\"id\":\"1\",\n   \"properties\":{\"city\":Rome}}]", "c.json:3:25: a value was expected, but here stands 'R'"},
		{"bad value on the first line", `[ {"id":"1","x":tru}]`, "c.json:1:17: a value was expected, but here stands 't'"},
		{"missing colon", `{"total" 2, "results":[]}`, `c.json:1:10: a colon was expected after the key "total"`},
		{"no id", "[\n {\"properties\":{}}]", "c.json:2:2: the record has no id (every record needs one; delete the row if it is empty)"},
		{"id of a wrong kind", `[{"id":{"a":1}}]`, "c.json:1:8: the record's id must be text or a number, but here stands an object"},
		{"rounded id", `[{"id":1.05e+11}]`, `c.json:1:8: the record id "1.05e+11" is not whole any more: a spreadsheet has shortened it (export the file again, and open it with the id column set to text)`},
		{"properties of a wrong kind", `[{"id":"1","properties":["city"]}]`, `c.json:1:25: "properties" must be an object, but here stands a list`},
		{"list as a value", `[{"id":"1","properties":{"hs_buying_role":["CHAMPION"]}}]`, `c.json:1:43: the property "hs_buying_role" must be text, a number, true, false or null, but here stands a list (several values of one property are one text, joined by semicolons)`},
		{"associations of a wrong kind", `[{"id":"1","associations":"2"}]`, `c.json:1:27: "associations" must be an object, but here stands text`},
		{"associated list of a wrong kind", `[{"id":"1","associations":{"companies":"2"}}]`, `c.json:1:40: the associations to companies must be a list, but here stands text`},
		{"association without id", `[{"id":"1","associations":{"companies":[{"type":"x"}]}}]`, `c.json:1:41: an association to a company needs the other record's id (write {"id": "1"} or "1")`},
		{"created association without id", `[{"id":"1","associations":[{"types":[]}]}]`, `c.json:1:28: an association in a list needs "to" with an "id", and "types"`},
		{"NUL byte", "[{\"id\":\"1\x00\"}]", "c.json:1:10: there is a NUL byte; this is not a text file (if a spreadsheet wrote it, save it as CSV UTF-8)"},
		{"nested too deep", `[{"id":"1","x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}]`, "c.json:1:516: values nest deeper than 500 levels"},
		{"large value", `[{"id":"1","properties":{"message":"` + strings.Repeat("x", records.MaxCell+1) + `"}}]`, `c.json:1:36: the value of "message" is larger than 4 MiB`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(t, "contact", records.Options{}, textFile("c.json", tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
		})
	}
	for start, want := range map[string]string{
		`[{"id":"1","properties":{"message":"`: "c.json:1:2: the record that starts here is larger than 16 MiB (is a closing quote or brace missing?)",
		`[{"id":"1","x":`:                      "c.json:1:2: the record that starts here holds more than 500000 values (is a closing quote or brace missing?)",
		`{"x":"`:                               "c.json:1:1: the record that starts here is larger than 16 MiB (is a closing quote or brace missing?)",
	} {
		file := records.File{Path: "c.json", Open: func() (io.ReadCloser, error) { return io.NopCloser(&endless{start, '['}), nil }}
		if _, err := readAll(t, "contact", records.Options{}, file); err == nil || err.Error() != want {
			t.Errorf("an endless file gives %v", err)
		}
	}
}

func TestJSONFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"clean", `[{"id":"1","properties":{"city":"Rome","createdate":"2026-01-05T09:00:00Z"},"updatedAt":"x","url":"x"}]`, nil},
		{"one warning a file for unknown members", "[\n{\"id\":\"1\",\"firstname\":\"Ada\"},\n{\"id\":\"2\",\"lastname\":\"B\"}]", []string{"warning unknown_member c.json:2:11"}},
		{"value", "[\n{\"id\":\"1\",\n\"properties\":{\"lifecyclestage\":\"friend\",\"createdate\":\"soon\"}}]", []string{"warning unknown_option c.json:3:32", "warning bad_value c.json:3:54"}},
		{"key twice", `[{"id":"1","id":"2"}]`, []string{"warning duplicate_key c.json:1:12"}},
		{"property", `[{"id":"1","properties":{"cty":"x"}},{"id":"2","properties":{"cty":"y"}}]`, []string{"note inferred_property c.json:1:26"}},
		{"archived", `[{"id":"1","archived":true}]`, []string{"note archived_record c.json:1:23"}},
		{"object type", `[{"id":"1","associations":{"compnies":["1"]}}]`, []string{"warning unknown_object_type c.json:1:28"}},
		{"association type", `[{"id":"1","associations":[{"to":{"id":"5"},"types":[{"associationTypeId":999}]}]}]`, []string{"warning unknown_association_type c.json:1:54"}},
		{"id twice", "{\"id\":\"1\"}\n{\"id\":1}\n", []string{"error duplicate_id c.json:2:1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := records.Scan(t.Context(), "contact", []records.File{textFile("c.json", tt.text)}, records.Options{})
			if diff := cmp.Diff(tt.want, codes(problems)); diff != "" {
				t.Error(diff, problems)
			}
		})
	}
}

func TestJSONAssociations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []hubspot.Association
	}{
		{"v3", `{"companies":{"results":[{"id":"1","type":"contact_to_company"},{"id":"1","type":"contact_to_company_unlabeled"},{"id":"2","type":"billing"}]}}`,
			[]hubspot.Association{{ObjectType: "company", RecordID: "1", TypeID: 1}, {ObjectType: "company", RecordID: "1"}, {ObjectType: "company", RecordID: "2", Label: "billing"}}},
		{"plain lists", `{"companies":["1",2],"0-3":[{"id":7}],"tickets":null}`,
			[]hubspot.Association{{ObjectType: "company", RecordID: "1"}, {ObjectType: "company", RecordID: "2"}, {ObjectType: "deal", RecordID: "7"}}},
		{"v4", `{"deals":[{"toObjectId":7,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":4,"label":null},{"category":"USER_DEFINED","typeId":36,"label":"Decision maker"}]}]}`,
			[]hubspot.Association{{ObjectType: "deal", RecordID: "7", Category: "HUBSPOT_DEFINED", TypeID: 4}, {ObjectType: "deal", RecordID: "7", Category: "USER_DEFINED", TypeID: 36, Label: "Decision maker"}}},
		{"create body", `[{"to":{"id":"7"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":4}]}]`,
			[]hubspot.Association{{ObjectType: "deal", RecordID: "7", Category: "HUBSPOT_DEFINED", TypeID: 4}}},
		{"null", `null`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			recs, err := readAll(t, "contact", records.Options{}, textFile("c.json", `[{"id":"1","associations":`+tt.text+`}]`))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, recs[0].Associations); diff != "" {
				t.Error(diff)
			}
		})
	}
	recs, err := readAll(t, "contact", records.Options{}, textFile("c.json", `[{"id":"1","properties":{"associatedcompanyid":"9"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]hubspot.Association{{ObjectType: "company", RecordID: "9", TypeID: 1}}, recs[0].Associations); diff != "" {
		t.Error(diff)
	}
}

func TestLinesOfRecords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, text string
		want       []int
	}{
		{"c.csv", "\nRecord ID,Message\n1,\"a\nb\"\n\n2,x\n", []int{3, 6}},
		{"c.json", "[\n\n{\"id\":\n\"1\"},\n{\"id\":\"2\"}]", []int{3, 5}},
		{"c.jsonl", "{\"id\":\"1\"}\n\n{\"id\":\"2\"}", []int{1, 3}},
	} {
		recs, err := readAll(t, "contact", records.Options{}, textFile(tt.path, tt.text))
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, r := range recs {
			got = append(got, r.Line)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Error(tt.path, diff)
		}
	}
}
