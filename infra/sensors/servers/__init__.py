"""Messages as network servers publish them: ChirpStack 4 and 3 and The Things Stack 3.

Members follow what the servers document; those that nobody reads are there as well, because they take time and room.
"""
