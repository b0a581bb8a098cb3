module hotstore

go 1.19
