"""The record for assistants, over the Model Context Protocol: questions as tools, answers as data
with their times, licences and links, bounded in size."""
