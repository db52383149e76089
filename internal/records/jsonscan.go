package records

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"askflow/internal/source"
)

// jsonScanner finds the record objects of a JSON file one after the other, whatever stands around them: a list, the
// pages {"results":[…]} that the CRM API returns, one object a line. Only one record is in memory at a time.
type jsonScanner struct {
	file string
	w    *window
	// open is what the scanner is inside of: nothing, '[' a list of records, 'r' the results of a page.
	open byte
	// page tells that the scanner is inside a page, whose members but "results" are skipped.
	page  bool
	any   bool // something stood in the file
	comma bool // in a list a comma was read, so that a record must follow
	first bool // nothing was read in the list yet
}

// object returns the bytes of the next record and where it starts; nil at the end of the file. The bytes live until the
// next call of consume.
func (s *jsonScanner) object() ([]byte, error) {
	for {
		if err := s.space(); err != nil {
			return nil, err
		}
		c, ok := s.peek()
		if !ok {
			return nil, s.end()
		}
		var found bool
		var err error
		switch {
		case s.open != 0:
			found, err = s.inList(c)
		case s.page:
			err = s.pageMember(c)
		default:
			found, err = s.top(c)
		}
		if err != nil {
			return nil, err
		}
		if found {
			return s.whole()
		}
	}
}

// end tells whether the file may end here.
func (s *jsonScanner) end() error {
	if broken := s.w.broken(); broken != nil {
		return broken
	}
	switch {
	case s.open != 0:
		return s.fail("the file ends before the list of records is closed with ]", "is the file cut off?")
	case s.page:
		return s.fail("the file ends before its object is closed with }", "is the file cut off?")
	case !s.any:
		return emptyFile(s.file, `a list of records was expected: [{"id": "1", "properties": {…}}]`)
	}
	return nil
}

// top reads what stands outside of every list.
func (s *jsonScanner) top(c byte) (record bool, err error) {
	s.any = true
	switch c {
	case '[':
		s.w.consume(1)
		s.open, s.first, s.comma = '[', true, false
		return false, nil
	case '{':
		page, err := s.isPage()
		if err != nil || !page {
			return err == nil, err
		}
		s.w.consume(1)
		s.page = true
		return false, nil
	}
	return false, s.unexpected("a record or a list of records was expected")
}

// inList reads between the records of a list.
func (s *jsonScanner) inList(c byte) (record bool, err error) {
	switch {
	case c == ']' && !s.comma:
		s.w.consume(1)
		s.open = 0
		return false, nil
	case c == ',' && !s.first && !s.comma:
		s.w.consume(1)
		s.comma = true
		return false, nil
	case c == '{' && (s.first || s.comma):
		s.first, s.comma = false, false
		return true, nil
	case s.first || s.comma:
		return false, s.unexpected("a record, an object in braces, was expected")
	}
	return false, s.unexpected("a comma or ] was expected after a record")
}

// pageMember reads one member of a page: results opens the list, anything else is skipped.
func (s *jsonScanner) pageMember(c byte) error {
	switch c {
	case '}':
		s.w.consume(1)
		s.page = false
		return nil
	case ',':
		s.w.consume(1)
		return nil
	case '"':
	default:
		return s.unexpected("a key in double quotes was expected")
	}
	key, n, err := s.key(0)
	if err != nil {
		return err
	}
	s.w.consume(n)
	if err := s.space(); err != nil {
		return err
	}
	first, ok := s.peek()
	if !ok {
		return nil // the next look at the file finds its end
	}
	if key == "results" && first == '[' {
		s.w.consume(1)
		s.open, s.first, s.comma = 'r', true, false
		return nil
	}
	n, err = s.skip(0)
	if err != nil {
		return err
	}
	if n == 0 {
		return s.unexpected("a value was expected")
	}
	s.w.consume(n)
	return nil
}

// isPage tells whether the object at the start of the window is a page of the API and no record: it has "results", and
// neither "id" nor "properties" before it.
func (s *jsonScanner) isPage() (bool, error) {
	at := 1
	for {
		var err error
		if at, err = s.skipSpace(at); err != nil {
			return false, err
		}
		data := s.w.bytes()
		if at < len(data) && data[at] == ',' {
			at++
			continue
		}
		if at >= len(data) || data[at] != '"' {
			return false, nil // the record's own reader says what is wrong
		}
		key, n, err := s.key(at)
		if err != nil {
			return false, err
		}
		at = n
		if at, err = s.skipSpace(at); err != nil {
			return false, err
		}
		data = s.w.bytes()
		switch {
		case key == "results" && at < len(data) && data[at] == '[':
			return true, nil
		case key == "id", key == "properties", key == "results":
			return false, nil
		}
		next, err := s.skip(at)
		if err != nil || next == at {
			return false, err
		}
		at = next
	}
}

// key reads a key and its colon from an offset of the window, and returns the offset after them.
func (s *jsonScanner) key(at int) (string, int, error) {
	end, err := s.skip(at)
	if err != nil {
		return "", 0, err
	}
	key := string(bytes.Trim(s.w.bytes()[at:end], `"`))
	if end, err = s.skipSpace(end); err != nil {
		return "", 0, err
	}
	if data := s.w.bytes(); end >= len(data) || data[end] != ':' {
		line, col := place(s.w.line, s.w.col, data[:end])
		return "", 0, problemAt(s.file, line, col, "bad_json", fmt.Sprintf("a colon was expected after the key %s", quote(key)), "")
	}
	return key, end + 1, nil
}

// whole makes sure that the record at the start of the window is in memory as a whole.
func (s *jsonScanner) whole() ([]byte, error) {
	n, err := s.skip(0)
	if err != nil {
		return nil, err
	}
	return s.w.bytes()[:n], nil
}

// skip returns the offset after the value that starts at an offset of the window, reading on as needed. It looks at
// brackets and quotes only; whether the value is right is for its reader to say. At the end of the file it returns what
// there is.
func (s *jsonScanner) skip(at int) (int, error) {
	depth, values := 0, 0
	for i := at; ; {
		data := s.w.bytes()
	look:
		for ; i < len(data); i++ {
			switch data[i] {
			case '"':
				end := stringEnd(data, i+1)
				if end < 0 {
					break look
				}
				if i = end; depth == 0 {
					return i + 1, nil
				}
			case '{', '[':
				depth++
				values++
			case '}', ']':
				if depth--; depth <= 0 {
					return i + 1 + min(depth, 0), nil // a bracket that nothing opened is not part of the value
				}
			case ',':
				values++
				fallthrough
			case ':', ' ', '\n', '\t', '\r':
				if depth == 0 {
					return i, nil
				}
			}
		}
		if len(data) > MaxRecord || values > MaxValues {
			return 0, s.tooLarge(values)
		}
		if !s.w.more() {
			return len(s.w.bytes()), s.w.broken()
		}
	}
}

// stringEnd is the offset of the quote that ends a string, -1 when it is not in data. at is inside of the string.
func stringEnd(data []byte, at int) int {
	for start := at; ; {
		i := bytes.IndexByte(data[at:], '"')
		if i < 0 {
			return -1
		}
		at += i
		escapes := 0
		for at-1-escapes >= start && data[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
		at++
	}
}

func (s *jsonScanner) tooLarge(values int) error {
	message := fmt.Sprintf("the record that starts here is larger than %d MiB", MaxRecord>>20)
	if values > MaxValues {
		message = fmt.Sprintf("the record that starts here holds more than %d values", MaxValues)
	}
	return problemAt(s.file, s.w.line, s.w.col, "record_too_large", message, "is a closing quote or brace missing?")
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// space consumes white space.
func (s *jsonScanner) space() error {
	for {
		data := s.w.bytes()
		n := 0
		for n < len(data) && isSpace(data[n]) {
			n++
		}
		s.w.consume(n)
		if n < len(data) || !s.w.more() {
			return nil
		}
	}
}

// skipSpace returns the offset of the first byte from at that is no white space.
func (s *jsonScanner) skipSpace(at int) (int, error) {
	for ; ; at++ {
		for at >= len(s.w.bytes()) {
			if at > MaxRecord {
				return 0, s.tooLarge(0)
			}
			if !s.w.more() {
				return at, s.w.broken()
			}
		}
		if !isSpace(s.w.bytes()[at]) {
			return at, nil
		}
	}
}

func (s *jsonScanner) peek() (byte, bool) {
	data := s.w.bytes()
	if len(data) == 0 {
		return 0, false
	}
	return data[0], true
}

func (s *jsonScanner) unexpected(expected string) error {
	r, _ := utf8.DecodeRune(s.w.bytes())
	return s.fail(fmt.Sprintf("%s, but here stands %q", expected, r), "")
}

func (s *jsonScanner) fail(message, hint string) source.Problem {
	return problemAt(s.file, s.w.line, s.w.col, "bad_json", message, hint)
}
