package records_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	type rows = []map[string]string
	ada := map[string]string{"id": "101", "firstname": "Ada", "city": "London"}
	for _, tt := range []struct {
		name, text string
		want       rows
	}{
		{"labels", "Record ID,First Name,City\n101,Ada,London\n", rows{ada}},
		{"internal names", "hs_object_id,firstname,city\n101,Ada,London\n", rows{ada}},
		{"any case", "record id,FIRST NAME,City\n101,Ada,London", rows{ada}},
		{"id elsewhere", "First Name,City,Contact ID\nAda,London,101\n", rows{ada}},
		{"newer export", "Record ID - Contact,First Name,City\n101,Ada,London\n", rows{ada}},
		{"plain id", "id,firstname,city\n101,Ada,London\n", rows{ada}},
		{"semicolons", "Record ID;First Name;City\n101;Ada;London\n", rows{ada}},
		{"semicolons with commas inside", "Record ID;First Name, or so;City\n101;Ada;London\n", rows{{"id": "101", "first_name_or_so": "Ada", "city": "London"}}},
		{"tabs", "Record ID\tFirst Name\tCity\n101\tAda\tLondon\n", rows{ada}},
		{"sep line", "sep=;\r\nRecord ID;First Name;City\r\n101;Ada;London\r\n", rows{ada}},
		{"CRLF", "Record ID,First Name,City\r\n101,Ada,London\r\n", rows{ada}},
		{"quotes", "\"Record ID\",\"First Name\",\"City\"\n\"101\",\"Ada\",\"London\"\n", rows{ada}},
		{"quotes and CRLF", "\"Record ID\",\"First Name\",\"City\"\r\n\"101\",\"Ada\",\"London\"\r\n", rows{ada}},
		{"quoted at the end", "\"Record ID\",\"City\"\n\"101\",\"London\"", rows{{"id": "101", "city": "London"}}},
		{"blank lines", "\r\n\nRecord ID,First Name,City\n\n101,Ada,London\n\r\n\n", rows{ada}},
		{"UTF-8 mark", "\xef\xbb\xbfRecord ID,First Name,City\n101,Ada,London\n", rows{ada}},
		{"header only", "Record ID,First Name\n", nil},
		{"quoted newline", "Record ID,Message\n101,\"one\r\ntwo\n\"\"three\"\", four\"\n102,x\n", rows{{"id": "101", "message": "one\ntwo\n\"three\", four"}, {"id": "102", "message": "x"}}},
		{"quote inside", "Record ID,Message\n101,say \"hi\"\n", rows{{"id": "101", "message": `say "hi"`}}},
		{"empty cells", "Record ID,City,First Name\n101,,\n102,,Bo\n", rows{{"id": "101"}, {"id": "102", "firstname": "Bo"}}},
		{"zero stays", "Record ID,Postal Code\n007,01099\n", rows{{"id": "007", "zip": "01099"}}},
		{"spaces around id", "Record ID,City\n 101 , Rome\n", rows{{"id": "101", "city": " Rome"}}},
		{"option label", "Record ID,Lifecycle Stage,Lead Status\n101,Marketing Qualified Lead,attempted to contact\n", rows{{"id": "101", "lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "ATTEMPTED_TO_CONTACT"}}},
		{"option value", "Record ID,lifecyclestage\n101,salesqualifiedlead\n", rows{{"id": "101", "lifecyclestage": "salesqualifiedlead"}}},
		{"unknown option is kept", "Record ID,Lifecycle Stage\n101,Friend\n", rows{{"id": "101", "lifecyclestage": "Friend"}}},
		{"multiple options", "Record ID,Buying Role\n101,Champion; Decision Maker;\n", rows{{"id": "101", "hs_buying_role": "CHAMPION;DECISION_MAKER"}}},
		{"truth", "Record ID,Unsubscribed from all email\n101,TRUE\n102,No\n103,\n", rows{{"id": "101", "hs_email_optout": "true"}, {"id": "102", "hs_email_optout": "false"}, {"id": "103"}}},
		{"unknown header", "Record ID,Lead  Grade (old)\n101,A\n", rows{{"id": "101", "lead_grade_old": "A"}}},
		{"two unknown headers of one name", "Record ID,Lead grade,lead-grade\n101,A,B\n", rows{{"id": "101", "lead_grade": "A", "lead_grade_2": "B"}}},
		{"header of signs", "Record ID,???\n101,A\n", rows{{"id": "101", "column_2": "A"}}},
		{"column twice", "Record ID,City,city\n101,Rome,Oslo\n", rows{{"id": "101", "city": "Rome"}}},
		{"umlauts", "Record ID,Größe\n101,groß\n", rows{{"id": "101", "größe": "groß"}}},
		{"one column", "Record ID\n101\n102\n", rows{{"id": "101"}, {"id": "102"}}},
		{"German labels", "Datensatz-ID;Vorname;Nachname;E-Mail;Telefonnummer;Postleitzahl;Name des Unternehmens;Stadt\n101;Ada;Byron;ada@x.example;+49 30 1;01099;Northwind;London\n",
			rows{{"id": "101", "firstname": "Ada", "lastname": "Byron", "email": "ada@x.example", "phone": "+49 30 1", "zip": "01099", "company": "Northwind", "city": "London"}}},
		{"German id of a newer export", "Datensatz-ID - Kontakt,Vorname,City\n101,Ada,London\n", rows{ada}},
		{"carriage return inside", "Record ID,City\n101,a\rb\n", rows{{"id": "101", "city": "a\rb"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			recs, err := readAll(t, "contact", records.Options{}, textFile("contacts.csv", tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, contents(recs)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCSVErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "c.csv:1:1: the file is empty; a CSV file starts with a header line"},
		{"only blank lines", "\n\r\n", "c.csv:1:1: the file is empty; a CSV file starts with a header line"},
		{"only a sep line", "sep=;\n", "c.csv:1:1: the file is empty; a CSV file starts with a header line"},
		{"no id", "First Name,City\nAda,Rome\n", `c.csv:1:1: no column of the header holds the records' ids; the headers are "First Name", "City" (HubSpot's exports call it "Record ID", in German "Datensatz-ID")`},
		{"other delimiter", "First Name|City\n", `c.csv:1:1: no column of the header holds the records' ids; the headers are "First Name|City" (the columns of a CSV file are divided by commas, semicolons or tabs; HubSpot's exports call it "Record ID", in German "Datensatz-ID")`},
		{"empty header", "Record ID,,City\n", "c.csv:1:11: column 2 has no header (give it a property's label or internal name, or delete the column)"},
		{"too many cells", "Record ID,City\n1,Rome\n2,Rome, Italy\n", "c.csv:3:8: the row has 3 cells, but the header has 2 (a cell that holds the delimiter must stand in double quotes)"},
		{"too few cells", "Record ID,City,Zip\n1,Rome\n", "c.csv:2:1: the row has 2 cells, but the header has 3 (a line break inside a cell must stand in double quotes; an empty cell still needs its delimiter)"},
		{"missing id", "City,Record ID\nRome,\n", "c.csv:2:6: the record has no id (every record needs one; delete the row if it is empty)"},
		{"shortened id", "Record ID,City\n1.05E+11,Rome\n", `c.csv:2:1: the record id "1.05E+11" is not whole any more: a spreadsheet has shortened it (export the file again, and open it with the id column set to text)`},
		{"NUL byte", "Record ID,City\n1,Rome\n2,R\x00me\n", "c.csv:3:4: there is a NUL byte; this is not a text file (if a spreadsheet wrote it, save it as CSV UTF-8)"},
		{"unclosed quote", "Record ID,City\n1,Rome\n2,\"Oslo\n3,Bern\n", "c.csv:3:3: the quote that opens here is never closed (put a quote at the end of the cell; a quote inside a quoted cell is written twice)"},
		{"text after quote", "Record ID,City\n1,\"Ro\"me\n", "c.csv:2:7: after the closing quote of a cell stands 'm', but the cell must end there (a quote inside a quoted cell is written twice)"},
		{"old Mac lines", "Record ID,City\r1,Rome\r2,Oslo", "c.csv:1:11: the lines of this file end with a carriage return alone (save it with Windows or Unix line ends)"},
		{"long id", "Record ID\n" + strings.Repeat("x", 101) + "\n", `c.csv:2:1: the record id "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" is longer than 100 bytes (is this the right column?)`},
		{"too many columns", "Record ID" + strings.Repeat(",x", records.MaxColumns) + "\n", "c.csv:1:1: the header has more than 5000 cells"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(t, "contact", records.Options{}, textFile("c.csv", tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
			var p source.Problem
			if !errors.As(err, &p) || p.Severity != source.SeverityError {
				t.Errorf("%T is no problem of severity error", err)
			}
		})
	}
}

// endless repeats one byte after a start.
type endless struct {
	start string
	with  byte
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.start)
	e.start = e.start[n:]
	for i := n; i < len(p); i++ {
		p[i] = e.with
	}
	return len(p), nil
}

func TestCSVRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, start string
		with        byte
		want        string
	}{
		{"cell", "Record ID,Message\n1,", 'x', "c.csv:2:3: the cell that starts here is larger than 4 MiB"},
		{"quoted cell", "Record ID,Message\n1,\"", 'x', "c.csv:2:3: the cell that starts here is larger than 4 MiB (is its closing quote missing?)"},
		{"cells", "Record ID,Message\n1", ',', "c.csv:2:5002: the row has more than 5000 cells"},
		{"header", "Record ID,", 'x', "c.csv:1:11: the cell that starts here is larger than 4 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := records.File{Path: "c.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(&endless{tt.start, tt.with}), nil }}
			_, err := readAll(t, "contact", records.Options{}, file)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", err, tt.want)
			}
		})
	}
	row := "1" + strings.Repeat(","+strings.Repeat("x", 1<<20), 17) + "\n"
	_, err := readAll(t, "contact", records.Options{}, textFile("c.csv", "Record ID"+strings.Repeat(",x", 17)+"\n"+row))
	if err == nil || !strings.HasPrefix(err.Error(), "c.csv:2:1: the record that starts here is larger than 16 MiB") {
		t.Errorf("a record of 17 MiB gives %v", err)
	}
	_, err = readAll(t, "company", records.Options{}, textFile("c.csv", "Record ID,Associated Contact IDs\n1,"+strings.Repeat("1;", records.MaxAssociations)+"\n"))
	if err == nil || err.Error() != "c.csv:2:3: the cell lists more than 100000 ids" {
		t.Errorf("too many associations give %v", err)
	}
	_, err = readAll(t, "contact", records.Options{}, textFile("c.csv", "Record ID,Message\n1,"+strings.Repeat("x", records.MaxCell)+"\n2,\""+strings.Repeat("y", records.MaxCell)+"\"\n"))
	if err != nil {
		t.Errorf("cells of exactly MaxCell give %v", err)
	}
}

func TestReaderGoesFromFileToFile(t *testing.T) {
	t.Parallel()
	var open, opened int
	counting := func(path, text string) records.File {
		return records.File{Path: path, Open: func() (io.ReadCloser, error) {
			open++
			opened++
			return closer{strings.NewReader(text), func() { open-- }}, nil
		}}
	}
	files := []records.File{counting("a.csv", "id,city\n1,Rome\n2,Oslo\n"), counting("b.csv", "id\n"), counting("c.json", `[{"id":3}]`)}
	r := records.Open("contact", files, records.Options{})
	for _, want := range []string{"1", "2", "3"} {
		rec, err := r.Next()
		if err != nil || rec.ID != want || open != 1 {
			t.Fatalf("record %v, %v with %d files open; want %s", rec, err, open, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) || open != 0 || opened != 3 {
		t.Errorf("at the end: %v, %d files open, %d opened", err, open, opened)
	}
	r = records.Open("contact", files, records.Options{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil || open != 0 {
		t.Errorf("after Close: %v, %d files open", err, open)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after Close, Next answers %v", err)
	}
}

type closer struct {
	io.Reader
	done func()
}

func (c closer) Close() error { c.done(); return nil }

func TestCSVEncodings(t *testing.T) {
	t.Parallel()
	const text = "Record ID,City,Message\n101,Köln,Grüße – 5 €\n102,Łódź,日本 😀\n"
	utf16 := func(e unicode.Endianness) string {
		out, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	both := []map[string]string{{"id": "101", "city": "Köln", "message": "Grüße – 5 €"}, {"id": "102", "city": "Łódź", "message": "日本 😀"}}
	var filler, wide strings.Builder // more than one block
	for i := range 20_000 {
		fmt.Fprintf(&filler, "%d,Rome,plain\n", 1_000_000+i)
		fmt.Fprintf(&wide, "%d,Köln,日本\n", 1_000_000+i)
	}
	for _, tt := range []struct {
		name, text, encoding string
		last                 []map[string]string
	}{
		{"UTF-8", text, "UTF-8", both},
		{"UTF-8 with mark", "\xef\xbb\xbf" + text, "UTF-8", both},
		{"UTF-16 LE", utf16(unicode.LittleEndian), "UTF-16LE", both},
		{"UTF-16 BE", utf16(unicode.BigEndian), "UTF-16BE", both},
		{"Windows-1252", "Record ID,City\n101,K\xf6ln\n102,\x80 5\n", "Windows-1252", []map[string]string{{"id": "101", "city": "Köln"}, {"id": "102", "city": "€ 5"}}},
		{"Windows-1252 at the very end", "Record ID,City\n101,Orl\xe9", "Windows-1252", []map[string]string{{"id": "101", "city": "Orlé"}}},
		{"Windows-1252 that looks like the start of UTF-8", "Record ID,City\n101,\xc3\n102,x\n", "Windows-1252", []map[string]string{{"id": "101", "city": "Ã"}, {"id": "102", "city": "x"}}},
		{"Windows-1252 late", "Record ID,City,Message\n" + filler.String() + "101,K\xf6ln,\x93a\x94\n102,M\xfcnchen,x\n", "Windows-1252",
			[]map[string]string{{"id": "101", "city": "Köln", "message": "“a”"}, {"id": "102", "city": "München", "message": "x"}}},
		{"one damaged byte", "Record ID,City\n101,Köln\n102,M\xfcnchen\n103,Łódź\n", "UTF-8",
			[]map[string]string{{"id": "101", "city": "Köln"}, {"id": "102", "city": "München"}, {"id": "103", "city": "Łódź"}}},
		{"characters across blocks", "Record ID,City,Message\n" + wide.String() + strings.TrimPrefix(text, "Record ID,City,Message\n"), "UTF-8", both},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			recs, err := readAll(t, "contact", records.Options{}, textFile("c.csv", tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.last, contents(recs[max(0, len(recs)-len(tt.last)):])); diff != "" {
				t.Error(diff)
			}
			s, _ := records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", tt.text)}, records.Options{})
			if got := s.Files[0].Encoding; got != tt.encoding {
				t.Errorf("encoding is %s, want %s", got, tt.encoding)
			}
		})
	}
}

// dribble gives one byte at a time.
type dribble struct{ r io.Reader }

func (d dribble) Read(p []byte) (int, error) { return d.r.Read(p[:min(1, len(p))]) }

func TestCSVDoesNotDependOnReadSizes(t *testing.T) {
	t.Parallel()
	text := "Record ID,City,Message\r\n101,Köln,\"a\r\n\"\"b\"\"\"\r\n102,Łódź,日本"
	want, err := readAll(t, "contact", records.Options{}, textFile("c.csv", text))
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	slow := records.File{Path: "c.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(dribble{bytes.NewReader([]byte(text))}), nil }}
	got, err := readAll(t, "contact", records.Options{}, slow)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contents(want), contents(got)); diff != "" {
		t.Error(diff)
	}
}

func TestCSVAssociations(t *testing.T) {
	t.Parallel()
	type list = []hubspot.Association
	for _, tt := range []struct {
		name, objectType, header, row string
		want                          list
	}{
		{"ids", "contact", "Associated Company IDs", "11;12", list{{ObjectType: "company", RecordID: "11"}, {ObjectType: "company", RecordID: "12"}}},
		{"ids with commas", "contact", "associated deal ids", "\"11, 12\"", list{{ObjectType: "deal", RecordID: "11"}, {ObjectType: "deal", RecordID: "12"}}},
		{"ids under a plain header", "company", "Associated Contact", "11", list{{ObjectType: "contact", RecordID: "11"}}},
		{"names", "contact", "Associated Company", "Northwind", nil},
		{"names beside ids", "contact", "Associated Company,Associated Company IDs", "4711,11", list{{ObjectType: "company", RecordID: "11"}}},
		{"primary", "contact", "Associated Company IDs (Primary)", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 1}}},
		{"primary in front", "ticket", "Primary Associated Company ID", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 26}}},
		{"label", "contact", "Associated Company IDs (Billing)", "11", list{{ObjectType: "company", RecordID: "11", Label: "Billing"}}},
		{"primary property", "contact", "Primary Associated Company ID", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 1}}},
		{"deal's primary property", "deal", "Primary Associated Company", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 5}}},
		{"two ids in one file", "contact", "Record ID - Company", "11", list{{ObjectType: "company", RecordID: "11"}}},
		{"German ids", "contact", "Zugeordnete Unternehmen IDs", "11;12", list{{ObjectType: "company", RecordID: "11"}, {ObjectType: "company", RecordID: "12"}}},
		{"German ids with a hyphen", "company", "Zugeordnete Kontakt-IDs", "11", list{{ObjectType: "contact", RecordID: "11"}}},
		{"German ids of the genitive", "contact", "IDs der zugeordneten Deals", "11", list{{ObjectType: "deal", RecordID: "11"}}},
		{"German primary", "ticket", "Primäre zugeordnete Unternehmens-ID", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 26}}},
		{"German primary in parentheses", "contact", "Zugeordnete Unternehmen IDs (Primär)", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 1}}},
		{"German primary property", "contact", "Primäre zugeordnete Unternehmens-ID", "11", list{{ObjectType: "company", RecordID: "11", TypeID: 1}}},
		{"German names", "contact", "Zugeordnetes Unternehmen", "Northwind", nil},
		{"German record id", "contact", "Datensatz-ID - Unternehmen", "11", list{{ObjectType: "company", RecordID: "11"}}},
		{"no association in German", "contact", "Zugeordneter Berater", "11", nil},
		{"none", "contact", "Associated Company IDs", "", nil},
		{"unknown type", "contact", "Associated Quote IDs", "11", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			recs, err := readAll(t, tt.objectType, records.Options{}, textFile("c.csv", "Record ID,"+tt.header+"\n1,"+tt.row+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, recs[0].Associations); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	users := []hubspot.User{
		{ID: "11", OwnerID: "9011", Name: "Mara Lind", Email: "mara@northwind.example"},
		{ID: "12", OwnerID: "9012", Name: "Jo Park", Email: "jo@northwind.example"},
		{ID: "13", OwnerID: "9013", Name: "Jo Park", Email: "jo.park@northwind.example"},
	}
	text := "Record ID,Contact owner,Second_owner_id\n" +
		"1,Mara Lind,9012\n2,MARA@northwind.example,\n3,9013,mara lind\n4,Jo Park,\n5,Jo Park (jo.park@northwind.example),\n6,Mara Lind (Deactivated User),\n7,Nobody,\n8,,\n"
	want := []string{"9011", "9011", "9013", "Jo Park", "9013", "9011", "Nobody", ""}
	recs, err := readAll(t, "contact", records.Options{Users: users}, textFile("c.csv", text))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range recs {
		if got := r.Get("hubspot_owner_id"); got != want[i] {
			t.Errorf("record %s: owner %q, want %q", r.ID, got, want[i])
		}
	}
	if got := recs[2].Get("second_owner_id"); got != "9011" {
		t.Errorf("a custom owner property holds %q", got)
	}
	_, problems := records.Scan(t.Context(), "contact", []records.File{textFile("c.csv", text)}, records.Options{Users: users})
	wantCodes := []string{"note inferred_property c.csv:1:25", "warning unknown_owner c.csv:5:3", "warning unknown_owner c.csv:8:3"}
	if diff := cmp.Diff(wantCodes, codes(problems)); diff != "" {
		t.Error(diff)
	}
	recs, err = readAll(t, "contact", records.Options{}, textFile("c.csv", text))
	if err != nil || recs[0].Get("hubspot_owner_id") != "Mara Lind" {
		t.Errorf("without users the owner is %q, %v", recs[0].Get("hubspot_owner_id"), err)
	}
}
