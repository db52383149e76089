package recording

// TakesLine tells whether a line of a file is an interaction that can be opened.
func TakesLine(data []byte) bool {
	l, bad := scanText(data)
	if bad != nil {
		return false
	}
	_, err := l.open()
	return err == nil
}
