module {{name}}

go 1.24

require bubbles v0.0.0

replace bubbles => ./bubbles-sdk/go
