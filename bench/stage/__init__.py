"""What measuring the paths needs: the servers, the partners, a prepared database, requests, and who sends them."""
