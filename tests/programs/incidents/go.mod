module incidents

go 1.26
