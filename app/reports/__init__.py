"""Reports of a published round for boards and committees: one page (HTML and PDF) and a Word document."""
