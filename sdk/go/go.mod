module bubbles

go 1.24
