package source

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Reader turns nodes into Go values and collects what is wrong with them. One Reader serves one file.
type Reader struct {
	// File is the name that problems carry.
	File string
	// Strict makes an unknown key an error (our YAML files); otherwise it is a warning (JSON from elsewhere).
	Strict   bool
	Problems Problems
}

// Errorf records an error at pos.
func (r *Reader) Errorf(pos Pos, code, hint, format string, args ...any) {
	r.add(SeverityError, pos, code, hint, fmt.Sprintf(format, args...))
}

// Warnf records a warning at pos.
func (r *Reader) Warnf(pos Pos, code, hint, format string, args ...any) {
	r.add(SeverityWarning, pos, code, hint, fmt.Sprintf(format, args...))
}

// Notef records a note at pos.
func (r *Reader) Notef(pos Pos, code, hint, format string, args ...any) {
	r.add(SeverityNote, pos, code, hint, fmt.Sprintf(format, args...))
}

func (r *Reader) add(s Severity, pos Pos, code, hint, message string) {
	r.Problems = append(r.Problems, Problem{
		Severity: s, Code: code, File: r.File, Line: pos.Line, Col: pos.Col, Message: message, Hint: hint,
	})
}

// Fields reads the members of one object. Call Done when every known key has been asked for.
type Fields struct {
	r    *Reader
	Node *Node
	what string
	seen []string
}

// Object starts reading n as an object; what names it in messages ("a delay"). A node of another kind is reported and
// read as an empty object.
func (r *Reader) Object(n *Node, what string) *Fields {
	if n == nil {
		n = &Node{Kind: Object}
	} else if n.Kind != Object {
		r.Errorf(n.Pos, "wrong_type", "", "%s must be an object, but here stands %s", what, n.Kind)
		n = &Node{Kind: Object, Pos: n.Pos}
	}
	return &Fields{r: r, Node: n, what: what}
}

// Get returns a member that is present and not null, and marks the key as known.
func (f *Fields) Get(key string) *Node {
	f.seen = append(f.seen, key)
	v := f.Node.Get(key)
	if v == nil || v.Kind == Null {
		return nil
	}
	return v
}

// Has tells whether the key is present, null included.
func (f *Fields) Has(key string) bool { return f.Node.Get(key) != nil }

// String reads text; numbers and truth values are taken as written.
func (f *Fields) String(key string) string {
	v := f.Get(key)
	if v == nil {
		return ""
	}
	if !v.IsScalar() {
		f.r.Errorf(v.Pos, "wrong_type", oneValue(v), "%s: %q must be text, but here stands %s", f.what, key, v.Kind)
		return ""
	}
	return v.Text
}

// oneValue is the hint for what stands where one value must.
func oneValue(v *Node) string {
	switch {
	case v.Kind == Array && len(v.Items) == 1 && v.Items[0].IsScalar():
		return "write it without the brackets: " + show(v.Items[0])
	case v.Kind == Array:
		return "it takes one value"
	}
	return ""
}

// Need is String for a key that must not be missing or empty.
func (f *Fields) Need(key string) string {
	s := f.String(key)
	if s == "" && (f.Node.Get(key) == nil || f.Node.Get(key).Kind == Null || f.Node.Get(key).IsScalar()) {
		f.r.Errorf(f.Node.Pos, "missing_key", "", "%s needs %q", f.what, key)
	}
	return s
}

// Bool reads true or false, also written as text.
func (f *Fields) Bool(key string, otherwise bool) bool {
	v := f.Get(key)
	if v == nil {
		return otherwise
	}
	switch strings.ToLower(v.Text) {
	case "true":
		return true
	case "false":
		return false
	}
	f.r.Errorf(v.Pos, "wrong_type", "", "%s: %q must be true or false, but here stands %s", f.what, key, show(v))
	return otherwise
}

// Int reads a whole number, also written as text.
func (f *Fields) Int(key string, otherwise int) int {
	v := f.Get(key)
	if v == nil {
		return otherwise
	}
	if v.IsScalar() {
		if i, err := strconv.Atoi(strings.TrimSpace(v.Text)); err == nil {
			return i
		}
		if x, err := strconv.ParseFloat(v.Text, 64); err == nil && x == math.Trunc(x) && math.Abs(x) < 1e15 {
			return int(x)
		}
	}
	f.r.Errorf(v.Pos, "wrong_type", "", "%s: %q must be a whole number, but here stands %s", f.what, key, show(v))
	return otherwise
}

// Float reads a number, also written as text; ok is false when it is missing, empty or wrong.
func (f *Fields) Float(key string) (x float64, ok bool) {
	v := f.Get(key)
	if v == nil || v.IsScalar() && strings.TrimSpace(v.Text) == "" {
		return 0, false
	}
	if v.IsScalar() {
		if x, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64); err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x, true
		}
	}
	f.r.Errorf(v.Pos, "wrong_type", "", "%s: %q must be a number, but here stands %s", f.what, key, show(v))
	return 0, false
}

// Strings reads a list of scalars; a single scalar counts as a list of one.
func (f *Fields) Strings(key string) []string {
	v := f.Get(key)
	if v == nil {
		return nil
	}
	if v.IsScalar() {
		return []string{v.Text}
	}
	if v.Kind != Array {
		f.r.Errorf(v.Pos, "wrong_type", "", "%s: %q must be a list, but here stands %s", f.what, key, v.Kind)
		return nil
	}
	out := make([]string, 0, len(v.Items))
	for _, it := range v.Items {
		if !it.IsScalar() {
			f.r.Errorf(it.Pos, "wrong_type", "", "%s: %q must hold text only, but here stands %s", f.what, key, it.Kind)
			continue
		}
		out = append(out, it.Text)
	}
	return out
}

// Items reads a list of nodes.
func (f *Fields) Items(key string) []*Node {
	v := f.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != Array {
		f.r.Errorf(v.Pos, "wrong_type", "", "%s: %q must be a list, but here stands %s", f.what, key, v.Kind)
		return nil
	}
	return v.Items
}

// Pos is where the member stands, or the object where it does not.
func (f *Fields) Pos(key string) Pos {
	for _, m := range f.Node.Members {
		if m.Key == key {
			return m.Value.Pos
		}
	}
	return f.Node.Pos
}

// Known marks keys as known without reading them.
func (f *Fields) Known(keys ...string) { f.seen = append(f.seen, keys...) }

// Done reports keys nobody asked for: an error when the Reader is strict, a warning otherwise.
func (f *Fields) Done() {
	for _, m := range f.Node.Members {
		if contains(f.seen, m.Key) {
			continue
		}
		hint := f.known(m.Key)
		if !f.r.Strict && strings.HasPrefix(hint, itsKeys) {
			hint = "" // files from elsewhere have many that mean nothing here
		}
		if f.r.Strict {
			f.r.Errorf(m.KeyPos, "unknown_key", hint, "%s has no key %q", f.what, m.Key)
		} else {
			f.r.Warnf(m.KeyPos, "unknown_member", hint, "%s: the member %q is not known here; it is kept, and has no effect", f.what, m.Key)
		}
	}
}

// mostKeys is how many keys a hint lists, after itsKeys.
const (
	mostKeys = 16
	itsKeys  = "its keys are "
)

// known is the key that was probably meant, or all those there are.
func (f *Fields) known(key string) string {
	if near := Nearest(key, f.seen); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	lower := strings.ToLower(key)
	for _, k := range f.seen {
		if begin := commonPrefix(lower, k); begin >= 4 || begin >= 3 && (begin == len(k) || begin == len(lower)) {
			return fmt.Sprintf("did you mean %q?", k)
		}
	}
	var keys []string
	for _, k := range f.seen {
		if !contains(keys, k) {
			keys = append(keys, k)
		}
	}
	switch {
	case len(keys) == 0:
		return ""
	case len(keys) > mostKeys:
		return itsKeys + strings.Join(keys[:mostKeys], ", ") + ", …"
	}
	return itsKeys + strings.Join(keys, ", ")
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// show quotes a node for a message, shortened.
func show(n *Node) string {
	if !n.IsScalar() {
		return n.Kind.String()
	}
	t := []rune(n.Text)
	if len(t) > 40 {
		t = append(t[:40], '…')
	}
	return strconv.Quote(string(t))
}

// Nearest returns the candidate closest to name, or "" when none is close enough to be meant.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", 1+max(1, len(name)/3)
	lower := strings.ToLower(name)
	for _, c := range candidates {
		if d := editDistance(lower, strings.ToLower(c), bestDistance); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance counts inserted, dropped, changed and swapped letters, capped: it gives up with limit as soon as the
// distance cannot stay below it.
func editDistance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	before, previous := []int(nil), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current := make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous = previous, current
	}
	return min(previous[len(b)], limit)
}
