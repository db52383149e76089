package testreport_test

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// htmlNode is an element of a page, or a text when it has no name.
type htmlNode struct {
	name     string
	attrs    map[string]string
	text     string
	children []*htmlNode
	parent   *htmlNode
}

// htmlInline are the elements that run on in a line.
var htmlInline = []string{"a", "span", "b", "i", "q", "bdi", "code", "strong", "time"}

// htmlVoid are the elements that have no end.
var htmlVoid = []string{"meta", "link"}

var (
	htmlTag  = regexp.MustCompile(`^<(/?)([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)(/?)>`)
	htmlAttr = regexp.MustCompile(` ([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?`)
)

// htmlParse reads a page more strictly than a browser does: every element is closed by its own end, every attribute quoted,
// every < of a text escaped.
func htmlParse(t *testing.T, page string) *htmlNode {
	t.Helper()
	rest, found := strings.CutPrefix(page, "<!DOCTYPE html>\n")
	if !found {
		t.Fatal("the page has no doctype")
	}
	root := &htmlNode{}
	at := root
	for rest != "" {
		if rest[0] != '<' {
			end := strings.IndexByte(rest, '<')
			if end < 0 {
				end = len(rest)
			}
			at.children = append(at.children, &htmlNode{text: html.UnescapeString(rest[:end]), parent: at})
			if strings.ContainsAny(rest[:end], `>"'`) {
				t.Fatalf("not escaped: %q", rest[:end])
			}
			rest = rest[end:]
			continue
		}
		m := htmlTag.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("no tag: %.200q", rest)
		}
		rest = rest[len(m[0]):]
		if m[1] != "" {
			if at.name != m[2] {
				t.Fatalf("<%s> is closed by %s before %.100q", at.name, m[0], rest)
			}
			at = at.parent
			continue
		}
		n := &htmlNode{name: m[2], attrs: map[string]string{}, parent: at}
		for _, a := range htmlAttr.FindAllStringSubmatch(m[3], -1) {
			if _, twice := n.attrs[a[1]]; twice {
				t.Fatalf("%s has %s twice", m[0], a[1])
			}
			n.attrs[a[1]] = html.UnescapeString(a[2])
		}
		at.children = append(at.children, n)
		if n.name == "style" {
			css, after, closed := strings.Cut(rest, "</style>")
			if !closed {
				t.Fatal("the style sheet has no end")
			}
			n.children, rest = []*htmlNode{{text: css, parent: n}}, after
			continue
		}
		if m[4] == "" && !slices.Contains(htmlVoid, n.name) {
			at = n
		}
	}
	if at != root {
		t.Fatalf("<%s> is not closed", at.name)
	}
	return root
}

// each visits a node and all below it.
func (n *htmlNode) each(visit func(*htmlNode)) {
	visit(n)
	for _, c := range n.children {
		c.each(visit)
	}
}

// all are the elements below with a name and a class; "" is any.
func (n *htmlNode) all(name, class string) (list []*htmlNode) {
	n.each(func(c *htmlNode) {
		if c.name != "" && (name == "" || c.name == name) && (class == "" || slices.Contains(strings.Fields(c.attrs["class"]), class)) {
			list = append(list, c)
		}
	})
	return list
}

// words is the text below, white space collapsed, with a space between what stands in boxes of its own.
func (n *htmlNode) words() string {
	var b strings.Builder
	var walk func(*htmlNode)
	walk = func(n *htmlNode) {
		if n.name == "style" {
			return
		}
		if n.name != "" && !slices.Contains(htmlInline, n.name) {
			b.WriteByte(' ')
		}
		b.WriteString(n.text)
		for _, c := range n.children {
			walk(c)
		}
		if n.name != "" && !slices.Contains(htmlInline, n.name) {
			b.WriteByte(' ')
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func (n *htmlNode) within(names ...string) bool {
	for p := n.parent; p != nil; p = p.parent {
		if slices.Contains(names, p.name) {
			return true
		}
	}
	return false
}

// htmlElements and htmlAttributes are all that a report is made of.
var (
	htmlElements = strings.Fields(`html head meta title link style body header nav main section article footer figure figcaption div p h1 h2 h3 h4 a span b i q small strong bdi code pre ins del time ol ul li dl dt dd
		table caption thead tbody tr th td details summary svg g line circle rect path text title`)
	htmlAttributes = strings.Fields(`lang charset http-equiv content name rel href class id style title scope colspan role tabindex aria-label aria-labelledby aria-hidden dir datetime open
		viewBox x y x1 x2 y1 y2 cx cy r rx width height d text-anchor`)
	htmlBlocks = strings.Fields(`div p pre ol ul dl table section article figure details header nav`)
	htmlGoodID = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	htmlStyles = regexp.MustCompile(`^width:[0-9.]+%$`)
)

// htmlCheck expects what holds of every report, whatever is in it.
func htmlCheck(t *testing.T, page string) *htmlNode {
	t.Helper()
	root := htmlParse(t, page)
	ids, wanted := map[string]bool{}, map[string]string{}
	root.each(func(n *htmlNode) {
		if n.name == "" {
			htmlCheckText(t, n)
			return
		}
		if !slices.Contains(htmlElements, n.name) {
			t.Errorf("there is a <%s>", n.name)
		}
		if slices.Contains(htmlBlocks, n.name) && n.within("p", "h1", "h2", "h3", "h4", "span", "pre", "a", "summary") {
			t.Errorf("a <%s> in a <%s>, which ends it", n.name, n.parent.name)
		}
		if n.name == "a" && n.within("a", "summary") {
			t.Error("a link in a link or in a summary")
		}
		for name, value := range n.attrs {
			htmlCheckAttribute(t, n, name, value, wanted)
		}
		if id := n.attrs["id"]; id != "" {
			if ids[id] || !htmlGoodID.MatchString(id) {
				t.Errorf("the id %q is there twice, or was not counted", id)
			}
			ids[id] = true
		}
		if err := htmlCheckParts(n); err != "" {
			t.Error(err)
		}
	})
	for id, by := range wanted {
		if !ids[id] {
			t.Errorf("%s leads to #%s, which is nowhere", by, id)
		}
	}
	return root
}

func htmlCheckText(t *testing.T, n *htmlNode) {
	t.Helper()
	if n.within("style") {
		for _, bad := range []string{"url(", "@import", "//", "<"} {
			if strings.Contains(n.text, bad) {
				t.Errorf("the style sheet has %s", bad)
			}
		}
		return
	}
	for _, r := range n.text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Errorf("a text has %U: %.80q", r, n.text)
			return
		}
	}
}

func htmlCheckAttribute(t *testing.T, n *htmlNode, name, value string, wanted map[string]string) {
	t.Helper()
	if !slices.Contains(htmlAttributes, name) {
		t.Errorf("<%s> has the attribute %s", n.name, name)
	}
	for _, r := range value {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%s of <%s> has %U", name, n.name, r)
		}
	}
	switch name {
	case "href":
		if id, local := strings.CutPrefix(value, "#"); local {
			wanted[id] = n.name
		} else if n.name != "link" || value != "data:," {
			t.Errorf("<%s> leads to %q", n.name, value)
		}
	case "aria-labelledby":
		wanted[value] = n.name
	case "style":
		if !htmlStyles.MatchString(value) {
			t.Errorf("<%s> has the style %q", n.name, value)
		}
	case "title", "aria-label":
		return // texts; they were parsed as such
	}
}

// htmlCheckParts says what an element lacks for those who do not see it.
func htmlCheckParts(n *htmlNode) string {
	first := ""
	for _, c := range n.children {
		if c.name != "" {
			first = c.name
			break
		}
	}
	switch n.name {
	case "table":
		if first != "caption" || n.all("caption", "")[0].words() == "" {
			return "a table has no caption"
		}
	case "th":
		if s := n.attrs["scope"]; s != "col" && s != "row" {
			return "a heading of a table has no scope"
		}
	case "details":
		if first != "summary" {
			return "details have no summary"
		}
	case "svg":
		if n.attrs["aria-hidden"] != "true" && (n.attrs["role"] != "img" || n.attrs["aria-label"] == "") {
			return "a picture has no label"
		}
	case "section", "nav":
		if n.attrs["aria-label"] == "" && n.attrs["aria-labelledby"] == "" {
			return fmt.Sprintf("a %s has no label", n.name)
		}
	}
	return ""
}
